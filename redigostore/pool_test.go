package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestOneConnection: no method takes a second connection while it holds one.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	s := redigostore.NewWithOptions(newPool(t, server.Endpoint(), 1), redigostore.Options{Timeout: time.Second})
	const n = 1500
	for i := range n {
		if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	if all, err := s.All(); len(all) != n || err != nil {
		t.Errorf("All = %d sessions, %v; want %d", len(all), err, n)
	}
	err := s.Each(context.Background(), func(token string, _ []byte) error { return s.Delete(token) })
	if err != nil {
		t.Errorf("Each that deletes = %v", err)
	}
	if all, err := s.All(); len(all) != 0 || err != nil {
		t.Errorf("All = %d sessions, %v; want none", len(all), err)
	}
}

// TestPanicInReply: a connection on which redigo panicked, at a reply that
// announces more bytes than there can be, is not used again: what follows there
// would be taken for the replies to later commands.
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
	onBothTypes(t, server.Endpoint(), func(t *testing.T, pool *redis.Pool) {
		pool.MaxActive = 10 // a connection that cannot be closed for sure is left in its place
		s := redigostore.New(pool)
		for name, call := range map[string]func() error{
			"Find":   func() error { _, _, err := s.Find("token"); return err },
			"Commit": func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) },
			"All":    func() error { _, err := s.All(); return err },
		} {
			reply("$9223372036854775807\r\n" + redistest.Bulk("of another"))
			if err := call(); err == nil {
				t.Errorf("%s = nil; want an error", name)
			}
			reply(redistest.Bulk("data"))
			if b, found, err := s.Find("token"); string(b) != "data" || !found || err != nil {
				t.Errorf("Find after that of %s = %q, %v, %v; want data, true, <nil>", name, b, found, err)
			}
		}
	})
}

// TestFullPool: waiting for a connection ends with the timeout, and for Find
// with the context; the pool loses no connection by it.
func TestFullPool(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := newPool(t, server.Endpoint(), 1)
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	patient := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Hour})
	if err := patient.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatalf("Commit = %v", err)
	}

	conn := pool.Get() // the only one
	bounded := func(name string, call func() error, want error) {
		t.Helper()
		start := time.Now()
		if err := call(); !errors.Is(err, want) {
			t.Errorf("%s = %v; want %v", name, err, want)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	bounded("Find", func() error { _, _, err := s.Find("token"); return err }, context.DeadlineExceeded)
	bounded("Commit", func() error { return s.Commit("token", nil, time.Now().Add(time.Hour)) }, context.DeadlineExceeded)
	bounded("Delete", func() error { return s.Delete("token") }, context.DeadlineExceeded)
	bounded("All", func() error { _, err := s.All(); return err }, context.DeadlineExceeded)

	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	bounded("FindCtx", func() error { _, _, err := patient.FindCtx(ctx, "token"); return err }, context.Canceled)
	conn.Close()

	if b, found, err := patient.Find("token"); string(b) != "data" || !found || err != nil {
		t.Errorf("Find = %q, %v, %v; want data, true, <nil>", b, found, err)
	}
	if n := pool.ActiveCount(); n != 1 {
		t.Errorf("the pool has %d connections; want the one it had", n)
	}
}

// TestHung: the store's timeout, or the request's deadline, bounds the commands
// of a pool that has no timeout of its own.
func TestHung(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := &redis.Pool{MaxIdle: 10, Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) }}
	defer pool.Close()
	resume := server.Pause(t)
	defer resume()
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	patient := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Hour})
	for name, call := range map[string]func() error{
		"Find":   func() error { _, _, err := s.Find("token"); return err },
		"Commit": func() error { return s.Commit("token", nil, time.Now().Add(time.Hour)) },
		"Delete": func() error { return s.Delete("token") },
		"All":    func() error { _, err := s.All(); return err },
		"FindCtx": func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			_, _, err := patient.FindCtx(ctx, "token")
			return err
		},
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

// TestHungInPipeline: a server that hangs half-way through the replies of a
// pipeline must not hold up the return of its connection to the pool.
func TestHungInPipeline(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				// INFO, and then INFO without the page that goes with it.
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, "$0\r\n\r\n")
				conn.Read(make([]byte, 4096))
				time.Sleep(150 * time.Millisecond)
				io.WriteString(conn, "$0\r\n\r\n")
				conn.Read(make([]byte, 1)) // until it is closed
			}()
		}
	}()
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", listener.Addr().String()) }}
	defer pool.Close()
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	for range 3 {
		done := make(chan error, 1)
		go func() {
			_, err := s.All()
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("All = %v; want %v", err, context.DeadlineExceeded)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("All is still waiting after 10 s")
		}
	}
}

// TestHungDial: with DialContext the timeout bounds the log-in to a server that
// hangs, too.
func TestHungDial(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	defer server.Pause(t)()
	pool := &redis.Pool{DialContext: func(ctx context.Context) (redis.Conn, error) {
		return redis.DialContext(ctx, server.Network, server.Addr, redis.DialPassword("secret"))
	}}
	defer pool.Close()
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 200 * time.Millisecond})
	done := make(chan error, 1)
	go func() {
		_, _, err := s.Find("token")
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Find = %v; want %v", err, context.DeadlineExceeded)
		}
	case <-time.After(10 * time.Second):
		t.Error("Find is still waiting after 10 s")
	}
}

// TestWrappedConn: connections that a tracing library wraps take no timeout.
func TestWrappedConn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := newPool(t, server.Endpoint(), 1)
	wrap(pool)
	s := redigostore.New(pool)
	if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatalf("Commit = %v", err)
	}
	if b, found, err := s.Find("token"); string(b) != "data" || !found || err != nil {
		t.Errorf("Find = %q, %v, %v; want data, true, <nil>", b, found, err)
	}
	if all, err := s.All(); len(all) != 1 || err != nil {
		t.Errorf("All = %q, %v; want one session", all, err)
	}
}
