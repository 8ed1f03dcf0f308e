package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// single returns a pool of one connection to the server at addr.
func single(tb testing.TB, addr string) *redis.Pool {
	return newPool(tb, adaptertest.Target{Network: "tcp", Addrs: []string{addr}, Timeout: time.Second, Connections: 1})
}

// wrap makes the pool's connections ones that take no timeout, as those that a
// tracing library wraps.
func wrap(pool *redis.Pool) {
	dial := pool.Dial
	pool.Dial = func() (redis.Conn, error) {
		conn, err := dial()
		return struct{ redis.Conn }{conn}, err
	}
}

// onBothTypes runs test with a pool of one connection, and with one that wraps it.
func onBothTypes(t *testing.T, addr string, test func(t *testing.T, pool *redis.Pool)) {
	t.Run("Plain", func(t *testing.T) { test(t, single(t, addr)) })
	t.Run("Wrapped", func(t *testing.T) {
		pool := single(t, addr)
		wrap(pool)
		test(t, pool)
	})
}

// TestReadOnly: each connection to a replica is given up as soon as it says so,
// and the error of a call to which no other leads is the server's.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	primary, server := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	onBothTypes(t, server.Addr, func(t *testing.T, pool *redis.Pool) {
		s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 5 * time.Second})
		commit := func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) }
		if err := commit(); err != nil {
			t.Fatalf("Commit = %v", err)
		}
		host, port, _ := strings.Cut(primary.Addr, ":")
		server.Do(t, "REPLICAOF", host, port)
		if err := commit(); err == nil || !strings.Contains(err.Error(), "READONLY") {
			t.Errorf("Commit = %v; want the server's READONLY", err)
		}
		if n := pool.ActiveCount(); n != 0 {
			t.Errorf("the pool has %d connections; want those to the replica given up", n)
		}
		server.Do(t, "REPLICAOF", "NO", "ONE")
		if err := commit(); err != nil {
			t.Errorf("Commit = %v", err)
		}
	})
}

// TestReadOnlyThenGone: when the connection after it breaks, the error says too
// what the server had answered.
func TestReadOnlyThenGone(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	refused := false
	server.Reply(func(args []string) string {
		switch {
		case args[0] != "SET":
			return redistest.Greet(args)
		case refused:
			return redistest.Hangup
		}
		refused = true
		return "-READONLY You can't write against a read only replica.\r\n"
	})
	s := redigostore.New(single(t, server.Addr))
	err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour))
	if reply := redis.Error(""); !errors.As(err, &reply) || !errors.Is(err, io.EOF) {
		t.Errorf("Commit = %v; want %v, and the server's READONLY", err, io.EOF)
	}
}

// TestRedirectionOutsideCluster: on a pool nothing follows a redirection, so it
// is the caller's to see, at once.
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
	s := redigostore.New(single(t, server.Addr))
	_, found, err := s.FindCtx(context.Background(), "token")
	if found || err == nil || !strings.Contains(err.Error(), "MOVED") || gets != 1 {
		t.Errorf("Find = %v, %v after %d GETs; want MOVED after one", found, err, gets)
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
	onBothTypes(t, server.Addr, func(t *testing.T, pool *redis.Pool) {
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
	pool := single(t, server.Addr)
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
				// INFO with a page of three keys, and the first of their values.
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, "$0\r\n\r\n*2\r\n$1\r\n0\r\n*3\r\n"+
					"$13\r\nscs:session:a\r\n$13\r\nscs:session:b\r\n$13\r\nscs:session:c\r\n")
				conn.Read(make([]byte, 4096))
				time.Sleep(150 * time.Millisecond)
				io.WriteString(conn, "$1\r\nx\r\n:1\r\n")
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
	pool := single(t, server.Addr)
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
