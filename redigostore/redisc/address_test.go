package redisc_test

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestMovedToSameAddress: an address that leads to another node now, and the old
// node names it. Only a new connection leads to the new node.
func TestMovedToSameAddress(t *testing.T) {
	t.Parallel()
	old, node := redistest.StartScripted(t), redistest.StartScripted(t)
	addr := old.Addr
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
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
	var target atomic.Value // where addr leads to
	target.Store(addr)
	cluster := &redisc.Cluster{
		StartupNodes: []string{addr},
		CreatePool: func(string, ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{MaxIdle: 20, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", target.Load().(string)) }}, nil
		},
	}
	defer cluster.Close()
	s := redigostore.New(cluster)
	find := func(want string) {
		t.Helper()
		if b, found, err := s.Find("token"); string(b) != want || !found || err != nil {
			t.Errorf("Find = %q, %v, %v; want %s, true, <nil>", b, found, err, want)
		}
	}
	find("old")
	var conns [20]redis.Conn // more than a call has attempts
	for i := range conns {
		conns[i] = cluster.Get()
		if err := redisc.BindConn(conns[i], "key"); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range conns {
		conn.Close()
	}

	target.Store(node.Addr)
	old.Reply(answer(fmt.Sprintf("-MOVED 1 %s\r\n", addr)))
	start := time.Now()
	find("new")
	if took := time.Since(start); took > time.Second {
		t.Errorf("Find took %v", took)
	}
	old.Reply(answer(redistest.Hangup))
	find("new") // without a try at the old one, which would cost a connection
	if n := cluster.Stats()[addr].ActiveCount; n != 1 {
		t.Errorf("redisc has %d connections; want one, to the new node", n)
	}
}

// TestIPv6: redisc writes the addresses of IPv6 nodes without brackets, and a
// CreatePool can mend them.
func TestIPv6(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	listener.Close()
	nodes := redistest.StartReplicatedCluster(t, redistest.Options{Args: []string{
		"--bind", "127.0.0.1", "::1", "--cluster-announce-ip", "::1",
	}})
	_, port, err := net.SplitHostPort(nodes.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	cluster := &redisc.Cluster{
		StartupNodes: []string{net.JoinHostPort("::1", port)},
		DialOptions:  []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)},
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{MaxIdle: 10, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", dialable(addr, "::1"), options...) }}, nil
		},
	}
	defer cluster.Close()
	wantUsable(t, redigostore.New(cluster))
	for addr := range cluster.Stats() {
		if strings.HasPrefix(addr, "127.") {
			t.Errorf("redisc knows the node %s; want addresses of IPv6", addr)
		}
	}
}

// TestUnknownEndpoint: the servers name no host, so CreatePool puts it in.
func TestUnknownEndpoint(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	nodes := redistest.StartReplicatedCluster(t, redistest.Options{Args: []string{
		"--cluster-preferred-endpoint-type", "unknown-endpoint",
	}})
	var nameless atomic.Bool
	cluster := &redisc.Cluster{
		StartupNodes: nodes.Addrs()[:1],
		DialOptions:  []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)},
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			if strings.HasPrefix(addr, ":") {
				nameless.Store(true)
			}
			return &redis.Pool{MaxIdle: 10, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", dialable(addr, "127.0.0.1"), options...) }}, nil
		},
	}
	defer cluster.Close()
	wantUsable(t, redigostore.New(cluster))
	if !nameless.Load() {
		t.Error("redisc knows the host of every node; want none")
	}
}

// wantUsable uses a store on sessions of many slots.
func wantUsable(t *testing.T, s *redigostore.Store) {
	t.Helper()
	const n = 50
	for i := range n {
		token := fmt.Sprint("token", i)
		if err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
		if b, found, err := s.Find(token); string(b) != "data" || !found || err != nil {
			t.Fatalf("Find = %q, %v, %v; want data, true, <nil>", b, found, err)
		}
	}
	if all, err := s.All(); len(all) != n || err != nil {
		t.Errorf("All = %d sessions, %v; want %d", len(all), err, n)
	}
}
