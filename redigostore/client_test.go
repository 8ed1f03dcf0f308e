package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// poolOfOne returns a pool of one connection to the server at addr.
func poolOfOne(tb testing.TB, addr string) *redis.Pool {
	return newPool(tb, adaptertest.Target{Network: "tcp", Addrs: []string{addr}, Timeout: time.Second, Connections: 1})
}

// TestRedirectionOutsideCluster: a pool cannot follow a redirection, so the caller
// gets it at once.
func TestRedirectionOutsideCluster(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	gets := 0
	server.Reply(func(args []string) string {
		if args[0] != "GET" {
			return redistest.Greet(args)
		}
		gets++
		return fmt.Sprintf("-MOVED 1 %s\r\n", server.Addr)
	})
	_, found, err := redigostore.New(poolOfOne(t, server.Addr)).Find("token")
	if found || err == nil || !strings.Contains(err.Error(), "MOVED") || gets != 1 {
		t.Errorf("Find = %v, %v after %d GETs; want MOVED after one", found, err, gets)
	}
}

// TestUnreadReplies: if redigo panics at a reply, the call ends, and no later call takes
// the replies after it for its own. The pool loses no connection by it.
func TestUnreadReplies(t *testing.T) {
	t.Parallel()
	const huge = "$9223372036854775807\r\n"
	for name, wrapped := range map[string]bool{"Plain": false, "Wrapped": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.StartScripted(t)
			pool := poolOfOne(t, server.Addr)
			if wrapped {
				wrap(pool)
			}
			s := redigostore.NewWithOptions(pool, redigostore.Options{UserKey: "user"})
			evals, gets := 0, 0
			server.Reply(func(args []string) string {
				switch args[0] {
				case "GET":
					if gets++; gets == 1 {
						return huge + "-ERR no\r\n" + redistest.Bulk("other's") + redistest.Bulk("other's")
					}
					return "$-1\r\n"
				case "EVAL":
					if evals++; evals == 1 {
						return ""
					}
					return huge + "+OK\r\n" // to both scripts of the pipeline
				}
				return redistest.Greet(args)
			})
			b, err := scs.GobCodec{}.Encode(time.Now(), map[string]any{"user": "anna"})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Commit("token", b, time.Now().Add(time.Hour)); err == nil {
				t.Error("Commit = nil; want an error")
			}
			if _, found, err := s.Find("token"); found || err == nil {
				t.Errorf("Find = %v, %v; want an error", found, err)
			}
			adaptertest.WantMissing(t, s, "token")
			if n := pool.ActiveCount(); n != 1 {
				t.Errorf("the pool has %d connections; want one", n)
			}
		})
	}
}

// wantEnds checks that with a short timeout the calls of a store end with it, and that
// with a long timeout a call ends with its context.
func wantEnds(t *testing.T, pool *redis.Pool) {
	t.Helper()
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	adaptertest.AllAtOnce(t, s, "token", "data", 10*time.Second, func(call string, err error) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s = %v; want %v", call, err, context.DeadlineExceeded)
		}
	})
	s = redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, _, err := s.FindCtx(ctx, "token"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("FindCtx = %v; want %v", err, context.DeadlineExceeded)
	}
}

// TestBounds: the store's timeout, or the request's deadline, bounds the wait for a
// connection and for a reply. The pool loses no connection by it.
func TestBounds(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := poolOfOne(t, server.Addr)
	s := redigostore.New(pool)
	adaptertest.MustCommit(t, s, "token", "data")
	conn := pool.Get() // the only one
	wantEnds(t, pool)
	conn.Close()
	adaptertest.WantFound(t, s, "token", "data")
	if n := pool.ActiveCount(); n != 1 {
		t.Errorf("the pool has %d connections; want the one it had", n)
	}
	defer server.Pause(t)()
	wantEnds(t, pool)
}

// hooked is a context that calls a function when it is asked for its channel.
type hooked struct {
	context.Context
	hook func()
}

func (c hooked) Done() <-chan struct{} {
	c.hook()
	return c.Context.Done()
}

// TestTakenMeanwhile: the store's timeout bounds the wait also if somebody else takes the
// last connection just after the call has seen that it is idle.
func TestTakenMeanwhile(t *testing.T) {
	t.Parallel()
	pool := poolOfOne(t, redistest.Start(t, redistest.Options{}).Addr)
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	adaptertest.MustCommit(t, s, "token", "data")
	take := sync.OnceFunc(func() {
		conn := pool.Get()
		time.AfterFunc(2*time.Second, func() { conn.Close() })
	})
	start := time.Now()
	_, _, err := s.FindCtx(hooked{t.Context(), take}, "token")
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > time.Second {
		t.Errorf("FindCtx = %v after %v; want %v after 200 ms", err, took, context.DeadlineExceeded)
	}
}

// TestHungHooks: every call ends with the store's timeout, even while a function of the
// pool waits for a server that hangs and has no timeout of its own.
func TestHungHooks(t *testing.T) {
	t.Parallel()
	ping := func(c redis.Conn) error {
		_, err := c.Do("PING")
		return err
	}
	for name, set := range map[string]func(pool *redis.Pool){
		"TestOnBorrow": func(pool *redis.Pool) {
			pool.TestOnBorrow = func(c redis.Conn, _ time.Time) error { return ping(c) }
		},
		"TestOnBorrowContext": func(pool *redis.Pool) {
			pool.TestOnBorrowContext = func(_ context.Context, c redis.Conn, _ time.Time) error { return ping(c) }
		},
		"Dial":                       func(pool *redis.Pool) { pool.MaxIdle = 0 },
		"Dial after IdleTimeout":     func(pool *redis.Pool) { pool.IdleTimeout = time.Millisecond },
		"Dial after MaxConnLifetime": func(pool *redis.Pool) { pool.MaxConnLifetime = time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.Options{})
			pool := &redis.Pool{
				MaxIdle: 10, MaxActive: 20,
				Dial: func() (redis.Conn, error) {
					conn, err := redis.Dial(server.Network, server.Addr)
					if err != nil {
						return nil, err
					}
					return conn, ping(conn)
				},
			}
			defer pool.Close()
			set(pool)
			s := redigostore.New(pool)
			adaptertest.MustCommit(t, s, "token", "data")
			time.Sleep(5 * time.Millisecond) // then the idle connection is too old

			resume := server.Pause(t)
			wantEnds(t, pool)
			resume()
			redistest.Poll(t, "late connections are back in the pool, or closed", func() bool {
				return pool.ActiveCount() == pool.IdleCount()
			})
			// With another token, because the Commit and the Delete that failed may still
			// take effect.
			adaptertest.MustCommit(t, s, "another", "more")
			adaptertest.WantFound(t, s, "another", "more")
		})
	}
}

// TestPanicInHook: a panic in a function of the pool is an error.
func TestPanicInHook(t *testing.T) {
	t.Parallel()
	s := redigostore.New(&redis.Pool{Dial: func() (redis.Conn, error) { panic("no configuration") }})
	adaptertest.AllAtOnce(t, s, "token", "data", time.Second, func(call string, err error) {
		if err == nil || !strings.Contains(err.Error(), "panicked") {
			t.Errorf("%s = %v; want an error that says that something panicked", call, err)
		}
	})
}

// TestNilInHook: a nil from anybody but the server that has the session does not mean
// that there is none. A Dial that asks sentinels returns redis.ErrNil when they do not
// know the name.
func TestNilInHook(t *testing.T) {
	t.Parallel()
	for _, nilErr := range []error{redis.ErrNil, fmt.Errorf("ask the sentinel: %w", redis.ErrNil)} {
		pool := &redis.Pool{Dial: func() (redis.Conn, error) { return nil, nilErr }}
		for _, pool := range []redigostore.Pool{pool, struct{ redigostore.Pool }{pool}} {
			s := redigostore.New(pool)
			adaptertest.AllAtOnce(t, s, "token", "data", time.Second, func(call string, err error) {
				if !errors.Is(err, redis.ErrNil) || !strings.Contains(err.Error(), "sentinel's") {
					t.Errorf("%s with a %T = %v; want %v, and what to look at", call, pool, err, redis.ErrNil)
				}
			})
		}
	}
}
