package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

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
	s := redigostore.New(poolOfOne(t, server.Addr))
	_, found, err := s.FindCtx(context.Background(), "token")
	if found || err == nil || !strings.Contains(err.Error(), "MOVED") || gets != 1 {
		t.Errorf("Find = %v, %v after %d GETs; want MOVED after one", found, err, gets)
	}
}

// TestPanicInReply: redigo panics if a reply announces more bytes than there can be. The
// store does not use the connection again: redigo would take the rest for the replies to
// later commands.
func TestPanicInReply(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	reply := func(text string) {
		server.Reply(func(args []string) string {
			if redistest.Greets(args) {
				return redistest.Greet(args)
			}
			return text
		})
	}
	for name, wrapped := range map[string]bool{"Plain": false, "Wrapped": true} {
		t.Run(name, func(t *testing.T) {
			pool := poolOfOne(t, server.Addr)
			if wrapped {
				wrap(pool)
			}
			pool.MaxActive = 20 // the store leaves a connection open that may hang when it is closed
			s := redigostore.New(pool)
			for name, call := range adaptertest.Calls(t.Context(), s, "token", "data") {
				reply("$9223372036854775807\r\n" + strings.Repeat(redistest.Bulk("of another"), 3))
				if err := call(); err == nil {
					t.Errorf("%s = nil; want an error", name)
				}
				reply(redistest.Bulk("data"))
				adaptertest.WantFound(t, s, "token", "data")
			}
		})
	}
}

// wantTimeouts checks that all calls of a store with a short timeout end with it.
func wantTimeouts(t *testing.T, s *redigostore.Store) {
	t.Helper()
	adaptertest.AllAtOnce(t, s, "token", "data", 10*time.Second, func(call string, err error) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s = %v; want %v", call, err, context.DeadlineExceeded)
		}
	})
}

// wantEnds checks that with a short timeout the calls of a store end with it, and that
// with a long timeout a call ends with its context.
func wantEnds(t *testing.T, pool *redis.Pool) {
	t.Helper()
	wantTimeouts(t, redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond}))
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, _, err := s.FindCtx(ctx, "token"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("FindCtx = %v; want %v", err, context.DeadlineExceeded)
	}
}

// TestFullPool: waiting for a connection ends with the timeout, and for Find with
// the context. The pool loses no connection by it.
func TestFullPool(t *testing.T) {
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
}

// TestWaitInLine: calls see an idle connection, but somebody else takes and keeps it.
// They wait no longer than the timeout.
func TestWaitInLine(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := poolOfOne(t, server.Addr)
	const timeout, kept = 100 * time.Millisecond, 5 * time.Second
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: timeout})
	adaptertest.WantMissing(t, s, "token")
	taken := make(chan struct{})
	var calling sync.WaitGroup
	for range 100 {
		calling.Add(1)
		go func() {
			defer calling.Done()
			for {
				start := time.Now()
				s.Find("token")
				if took := time.Since(start); took > kept/2 {
					t.Errorf("Find took %v; want the timeout, %v", took, timeout)
				}
				select {
				case <-taken:
					return
				default:
				}
			}
		}()
	}
	conn := pool.Get()
	close(taken)
	time.AfterFunc(kept, func() { conn.Close() })
	calling.Wait()
	conn.Close()
}

// TestHung: the store's timeout, or the request's deadline, bounds the commands of a
// pool that has no timeout of its own, and with DialContext the log-in too.
func TestHung(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	defer server.Pause(t)()
	for name, pool := range map[string]*redis.Pool{
		"Dial": {MaxIdle: 10, Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) }},
		"DialContext": {DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, server.Network, server.Addr, redis.DialPassword("secret"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			defer pool.Close()
			wantEnds(t, pool)
		})
	}
}

// TestHungInPipeline: a server that hangs half-way through the replies of a pipeline
// must not hold up the return of its connection to the pool.
func TestHungInPipeline(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Proxied: true})
	for i := range 3 {
		server.Do(t, "SET", fmt.Sprint("scs:session:", i), strings.Repeat("x", 10_000), "EX", "3600")
	}
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.ClientAddr()) }}
	defer pool.Close()
	server.Proxy.Stall(20_000) // in the second value, behind INFO and SCAN
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	for name, list := range adaptertest.Listings(t.Context(), s) {
		if _, err := list(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s = %v; want %v", name, err, context.DeadlineExceeded)
		}
	}
}

// TestRestart: a restart of the server costs no error and next to no time, although
// the pool has more idle connections than a call has attempts, and does not test
// them.
func TestRestart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Durable: true})
	const connections = 20
	pool := newPool(t, adaptertest.Target{Network: server.Network, Addrs: []string{server.Addr}, Timeout: time.Second})
	s := redigostore.New(pool)
	for name, call := range adaptertest.Calls(t.Context(), s, "token", "data") {
		adaptertest.MustCommit(t, s, "token", "data")
		var conns [connections]redis.Conn
		for i := range conns {
			conns[i] = pool.Get()
		}
		for _, conn := range conns {
			conn.Close()
		}
		server.Restart(t)
		start := time.Now()
		if err := call(); err != nil {
			t.Errorf("%s after a restart = %v", name, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s after a restart took %v", name, took)
		}
		if n := pool.ActiveCount(); n != 1 {
			t.Errorf("after %s the pool has %d connections; want one, that is open", name, n)
		}
	}
}
