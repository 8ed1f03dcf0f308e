package redisc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// idle is how many idle connections to each node these tests make: more than a call has
// attempts.
const idle = 20

// createPool is redisc's CreatePool.
func createPool(addr string, options ...redis.DialOption) (*redis.Pool, error) {
	return &redis.Pool{MaxIdle: idle, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) }}, nil
}

// keepIdle leaves idle connections in pool, on a Cluster to the node of each key.
func keepIdle(pool redigostore.Pool, keys ...string) {
	var conns []redis.Conn
	for _, key := range keys {
		for range idle {
			conn := pool.Get()
			redisc.BindConn(conn, key) // does nothing without a Cluster
			conns = append(conns, conn)
		}
	}
	for _, conn := range conns {
		conn.Close()
	}
}

// TestHungHooks: every call ends with the store's timeout, even if redisc or a function of
// its pools waits for a node that hangs and has no timeout of its own.
func TestHungHooks(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	for name, create := range map[string]func(addr string, options ...redis.DialOption) (*redis.Pool, error){
		"NoPool": nil,
		"TestOnBorrow": func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			pool, err := createPool(addr, options...)
			pool.TestOnBorrow = func(c redis.Conn, _ time.Time) error {
				_, err := c.Do("PING")
				return err
			}
			return pool, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := redistest.StartCluster(t)
			cluster := &redisc.Cluster{StartupNodes: (&redistest.Cluster{Primaries: nodes}).Addrs(), CreatePool: create}
			defer cluster.Close()
			s := redigostore.NewWithOptions(cluster, redigostore.Options{Timeout: 200 * time.Millisecond})
			adaptertest.MustCommit(t, s, "token", "data")
			if _, err := s.All(); err != nil { // connects to all nodes
				t.Fatalf("All = %v", err)
			}
			for _, node := range nodes {
				defer node.Pause(t)()
			}
			adaptertest.AllAtOnce(t, s, "token", "data", 10*time.Second, func(call string, err error) {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s = %v; want %v", call, err, context.DeadlineExceeded)
				}
			})
		})
	}
}

// TestMovedToSameAddress: an address leads to another node now, and the old node
// redirects to this address. Only a new connection leads to the new node.
func TestMovedToSameAddress(t *testing.T) {
	t.Parallel()
	old, node := redistest.StartScripted(t), redistest.StartScripted(t)
	host, port, _ := net.SplitHostPort(old.Addr)
	answer := func(get string) redistest.Answer {
		return func(args []string) string {
			switch args[0] {
			case "CLUSTER":
				return fmt.Sprintf("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n%s:%s\r\n%s", redistest.Bulk(host), port, redistest.Bulk("id"))
			case "GET":
				return get
			}
			return redistest.Greet(args)
		}
	}
	old.Reply(answer(redistest.Bulk("old")))
	node.Reply(answer(redistest.Bulk("new")))
	var target atomic.Value // where the address leads to
	target.Store(old.Addr)
	cluster := &redisc.Cluster{
		StartupNodes: []string{old.Addr},
		CreatePool: func(string, ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{MaxIdle: idle, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", target.Load().(string)) }}, nil
		},
	}
	defer cluster.Close()
	s := redigostore.New(cluster)
	adaptertest.WantFound(t, s, "token", "old")
	keepIdle(cluster, "key")

	target.Store(node.Addr)
	old.Reply(answer(fmt.Sprintf("-MOVED 1 %s\r\n", old.Addr)))
	adaptertest.WantFound(t, s, "token", "new")
	if n := cluster.Stats()[old.Addr].ActiveCount; n != 1 {
		t.Errorf("redisc has %d connections; want one, to the new node", n)
	}
}

// TestRestart: connections that servers have closed cost no error and next to no time,
// although there are more of them than a call has attempts, and the pool does not test
// them.
func TestRestart(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	cluster := &redisc.Cluster{
		StartupNodes: (&redistest.Cluster{Primaries: nodes}).Addrs(),
		DialOptions:  []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)},
		CreatePool:   createPool,
	}
	defer cluster.Close()
	if err := cluster.Refresh(); err != nil {
		t.Fatal(err)
	}
	server := redistest.Start(t, redistest.Options{})
	pool, _ := createPool(server.Addr)
	defer pool.Close()
	for _, pool := range []redigostore.Pool{pool, cluster} {
		s := redigostore.New(pool)
		for name, call := range adaptertest.Calls(t.Context(), s, "token", "data") {
			adaptertest.MustCommit(t, s, "token", "data")
			keepIdle(pool, "a", "b", "c") // slots 15495, 3300 and 7365
			for _, node := range append(nodes, server) {
				node.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			}
			start := time.Now()
			if err := call(); err != nil {
				t.Errorf("%s with a %T = %v", name, pool, err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s with a %T took %v", name, pool, took)
			}
		}
	}
}
