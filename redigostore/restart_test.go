package redigostore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestRestart: a restart of the server costs no error and next to no time, although
// the pool has more idle connections than a call has attempts, and does not test
// them.
func TestRestart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Durable: true})
	const connections = 20
	pool := &redis.Pool{MaxIdle: connections, Dial: func() (redis.Conn, error) {
		return redis.Dial(server.Network, server.Addr, redis.DialConnectTimeout(time.Second))
	}}
	defer pool.Close()
	s := redigostore.New(pool)
	for name, call := range map[string]func() error{
		"Find":   func() error { _, _, err := s.Find("token"); return err },
		"Commit": func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) },
		"Delete": func() error { return s.Delete("another") },
		"All":    func() error { _, err := s.All(); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var conns [connections]redis.Conn
			for i := range conns {
				conns[i] = pool.Get()
			}
			for _, conn := range conns {
				conn.Close()
			}
			if n := pool.IdleCount(); n != connections {
				t.Fatalf("the pool has %d idle connections; want %d", n, connections)
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
				t.Errorf("the pool has %d connections; want one, that is open", n)
			}
		})
	}
}

// TestDisconnects: connections that break while many goroutines use them cost
// no error.
func TestDisconnects(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := &redis.Pool{MaxIdle: 8, Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) }}
	defer pool.Close()
	s := redigostore.New(pool)
	var using sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		using.Add(1)
		go func() {
			defer using.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
					t.Errorf("Commit = %v", err)
					return
				}
				if b, found, err := s.Find("token"); string(b) != "data" || !found || err != nil {
					t.Errorf("Find = %q, %v, %v; want data, true, <nil>", b, found, err)
					return
				}
			}
		}()
	}
	for range 20 {
		server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		time.Sleep(10 * time.Millisecond)
	}
	close(stop)
	using.Wait()
}
