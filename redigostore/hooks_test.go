package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// wantEnds checks that every call of a store ends with the context's error, soon.
func wantEnds(t *testing.T, s *redigostore.Store) {
	t.Helper()
	for name, call := range map[string]func() error{
		"Find":   func() error { _, _, err := s.Find("token"); return err },
		"Commit": func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) },
		"Delete": func() error { return s.Delete("token") },
		"All":    func() error { _, err := s.All(); return err },
	} {
		done := make(chan error, 1)
		go func() { done <- call() }()
		select {
		case err := <-done:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s = %v; want %v", name, err, context.DeadlineExceeded)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s is still waiting after 10 s", name)
		}
	}
}

// TestHungHooks: every call ends with the store's timeout, also while a function
// of the pool waits for a server that hangs and has no timeout of its own.
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
		"Dial": func(pool *redis.Pool) {
			pool.MaxIdle = 0
			dial := pool.Dial
			pool.Dial = func() (redis.Conn, error) {
				conn, err := dial()
				if err != nil {
					return nil, err
				}
				return conn, ping(conn)
			}
		},
		"DialContext": func(pool *redis.Pool) {
			pool.MaxIdle = 0
			dial := pool.Dial
			pool.Dial = nil
			pool.DialContext = func(context.Context) (redis.Conn, error) {
				conn, err := dial()
				if err != nil {
					return nil, err
				}
				return conn, ping(conn)
			}
		},
		"Dial after IdleTimeout": func(pool *redis.Pool) {
			pool.IdleTimeout = time.Millisecond
			dial := pool.Dial
			pool.Dial = func() (redis.Conn, error) {
				conn, err := dial()
				if err != nil {
					return nil, err
				}
				return conn, ping(conn)
			}
		},
		"Dial after MaxConnLifetime": func(pool *redis.Pool) {
			pool.MaxConnLifetime = time.Millisecond
			dial := pool.Dial
			pool.Dial = func() (redis.Conn, error) {
				conn, err := dial()
				if err != nil {
					return nil, err
				}
				return conn, ping(conn)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.Options{})
			pool := &redis.Pool{
				MaxIdle: 10, MaxActive: 10, Wait: true,
				Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) },
			}
			defer pool.Close()
			set(pool)
			s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
			if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
				t.Fatalf("Commit = %v", err)
			}
			time.Sleep(5 * time.Millisecond) // the idle connection is too old by then

			resume := server.Pause(t)
			wantEnds(t, s)
			resume()

			// What came too late is back in the pool, or closed.
			deadline := time.Now().Add(10 * time.Second)
			for pool.ActiveCount() != pool.IdleCount() && time.Now().Before(deadline) {
				time.Sleep(10 * time.Millisecond)
			}
			if active, idle := pool.ActiveCount(), pool.IdleCount(); active != idle {
				t.Errorf("the pool has %d connections, of which %d are idle; want all", active, idle)
			}
			// Of another token: the Commit and the Delete that failed may come through.
			if err := s.Commit("another", []byte("more"), time.Now().Add(time.Hour)); err != nil {
				t.Errorf("Commit after it = %v", err)
			}
			if b, found, err := s.Find("another"); string(b) != "more" || !found || err != nil {
				t.Errorf("Find = %q, %v, %v; want more, true, <nil>", b, found, err)
			}
		})
	}
}

// TestCancelledHook: Find ends with its context while a function of the pool
// waits.
func TestCancelledHook(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	pool := &redis.Pool{Dial: func() (redis.Conn, error) {
		<-release
		return nil, errors.New("too late")
	}}
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	done := make(chan error, 1)
	go func() {
		_, _, err := s.FindCtx(ctx, "token")
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("FindCtx = %v; want %v", err, context.Canceled)
		}
	case <-time.After(10 * time.Second):
		t.Error("FindCtx is still waiting after 10 s")
	}
}

// TestPanicInHook: a panic in a function of the pool is an error.
func TestPanicInHook(t *testing.T) {
	t.Parallel()
	s := redigostore.New(&redis.Pool{Dial: func() (redis.Conn, error) { panic("no configuration") }})
	if _, _, err := s.Find("token"); err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("Find = %v; want an error that says that something panicked", err)
	}
	if _, err := s.All(); err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("All = %v; want an error that says that something panicked", err)
	}
}

// TestNilInHook: a nil from anybody but the server that has the session does not
// mean that there is none. A Dial that asks sentinels returns redis.ErrNil when
// they do not know the name.
func TestNilInHook(t *testing.T) {
	t.Parallel()
	registry := redistest.Start(t, redistest.Options{}) // in the place of a sentinel
	asking := func() (redis.Conn, error) {
		conn, err := redis.Dial(registry.Network, registry.Addr)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		addr, err := redis.String(conn.Do("GET", "address of mymaster"))
		if err != nil {
			return nil, err
		}
		return redis.Dial("tcp", addr)
	}
	wrapping := func() (redis.Conn, error) {
		conn, err := asking()
		if err != nil {
			err = fmt.Errorf("ask the sentinel: %w", err)
		}
		return conn, err
	}
	for name, pool := range map[string]redigostore.Pool{
		"Dial":         &redis.Pool{Dial: asking},
		"Dial, Wait":   &redis.Pool{Dial: asking, MaxActive: 1, Wait: true},
		"wrapped":      &redis.Pool{Dial: wrapping},
		"only Get":     onlyGet{&redis.Pool{Dial: asking}},
		"wrapped, Get": onlyGet{&redis.Pool{Dial: wrapping}},
	} {
		t.Run(name, func(t *testing.T) {
			s := redigostore.New(pool)
			check := func(call string, err error) {
				t.Helper()
				if !errors.Is(err, redis.ErrNil) || !strings.Contains(err.Error(), "sentinel") {
					t.Errorf("%s = %v; want %v, and what to look at", call, err, redis.ErrNil)
				}
			}
			b, found, err := s.Find("token")
			if b != nil || found {
				t.Errorf("Find = %q, %v; want no session", b, found)
			}
			check("Find", err)
			check("Commit", s.Commit("token", []byte("data"), time.Now().Add(time.Hour)))
			check("Delete", s.Delete("token"))
			all, err := s.All()
			if all != nil {
				t.Errorf("All = %q; want nil", all)
			}
			check("All", err)
			check("Each", s.Each(t.Context(), func(string, []byte) error { return nil }))
		})
	}
}

// onlyGet is a pool of the application's own.
type onlyGet struct{ pool *redis.Pool }

func (p onlyGet) Get() redis.Conn { return p.pool.Get() }
