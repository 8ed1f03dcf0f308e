package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestHungHooks: every call ends with the store's timeout, even while a function of the
// pool waits for a server that hangs and has no timeout of its own.
func TestHungHooks(t *testing.T) {
	t.Parallel()
	ping := func(c redis.Conn) error {
		_, err := c.Do("PING")
		return err
	}
	// pinging makes Dial send a PING too.
	pinging := func(pool *redis.Pool) {
		dial := pool.Dial
		pool.Dial = func() (redis.Conn, error) {
			conn, err := dial()
			if err != nil {
				return nil, err
			}
			return conn, ping(conn)
		}
	}
	for name, set := range map[string]func(pool *redis.Pool){
		"TestOnBorrow": func(pool *redis.Pool) {
			pool.TestOnBorrow = func(c redis.Conn, _ time.Time) error { return ping(c) }
		},
		"TestOnBorrowContext": func(pool *redis.Pool) {
			pool.TestOnBorrowContext = func(_ context.Context, c redis.Conn, _ time.Time) error { return ping(c) }
		},
		"Dial": func(pool *redis.Pool) { pool.MaxIdle = 0; pinging(pool) },
		"DialContext": func(pool *redis.Pool) {
			pool.MaxIdle = 0
			pinging(pool)
			dial := pool.Dial
			pool.Dial, pool.DialContext = nil, func(context.Context) (redis.Conn, error) { return dial() }
		},
		"Dial after IdleTimeout":     func(pool *redis.Pool) { pool.IdleTimeout = time.Millisecond; pinging(pool) },
		"Dial after MaxConnLifetime": func(pool *redis.Pool) { pool.MaxConnLifetime = time.Millisecond; pinging(pool) },
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
			adaptertest.MustCommit(t, s, "token", "data")
			time.Sleep(5 * time.Millisecond) // then the idle connection is too old

			resume := server.Pause(t)
			wantTimeouts(t, s)
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

// TestCancelledHook: Find ends with its context while a function of the pool
// waits.
func TestCancelledHook(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	pool := &redis.Pool{Dial: func() (redis.Conn, error) {
		cancel()
		<-release
		return nil, errors.New("too late")
	}}
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Hour})
	if _, _, err := s.FindCtx(ctx, "token"); !errors.Is(err, context.Canceled) {
		t.Errorf("FindCtx = %v; want %v", err, context.Canceled)
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

// TestNilInHook: a nil from anybody but the server that has the session does not
// mean that there is none. A Dial that asks sentinels returns redis.ErrNil when
// they do not know the name.
func TestNilInHook(t *testing.T) {
	t.Parallel()
	registry := redistest.Start(t, redistest.Options{}) // instead of a sentinel
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
			adaptertest.AllAtOnce(t, s, "token", "data", time.Second, func(call string, err error) {
				if !errors.Is(err, redis.ErrNil) || !strings.Contains(err.Error(), "sentinel") {
					t.Errorf("%s = %v; want %v, and what to look at", call, err, redis.ErrNil)
				}
			})
		})
	}
}

// onlyGet is a pool of the application's own.
type onlyGet struct{ pool *redis.Pool }

func (p onlyGet) Get() redis.Conn { return p.pool.Get() }
