package redigostore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

var waits = []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)}

func openSentinel(tb testing.TB, addrs []string) adaptertest.Store {
	pool := &redis.Pool{MaxIdle: 10, Dial: func() (redis.Conn, error) { return dialPrimary(addrs, redistest.SentinelName, waits...) }}
	tb.Cleanup(func() { pool.Close() })
	return redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Second})
}

func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelFailover(t, 10*time.Second, openSentinel)
}

func TestDemotion(t *testing.T) {
	t.Parallel()
	adaptertest.Demotion(t, func(tb testing.TB, addrs []string) adaptertest.Store {
		pool := &redis.Pool{MaxIdle: 10, Dial: func() (redis.Conn, error) {
			return redis.Dial("tcp", addrs[0], redis.DialConnectTimeout(time.Second))
		}}
		tb.Cleanup(func() { pool.Close() })
		return redigostore.NewWithOptions(pool, redigostore.Options{Timeout: time.Second})
	})
}

// TestReadOnly: each connection to a replica is given up as soon as it says so,
// and the error of a call to which no other leads is the server's.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	primary, server := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	onBothTypes(t, server.Endpoint(), func(t *testing.T, pool *redis.Pool) {
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
	s := redigostore.New(newPool(t, server.Endpoint(), 1))
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
		return fmt.Sprintf("-MOVED 1 %s\r\n", server.Endpoint().Addr)
	})
	s := redigostore.New(newPool(t, server.Endpoint(), 1))
	_, found, err := s.FindCtx(context.Background(), "token")
	if found || err == nil || !strings.Contains(err.Error(), "MOVED") || gets != 1 {
		t.Errorf("Find = %v, %v after %d GETs; want MOVED after one", found, err, gets)
	}
}
