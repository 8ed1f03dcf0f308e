package redisc_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestRestart: connections that servers have closed cost no error and next to no
// time, although there are more of them than a call has attempts, and redisc does
// not test them.
func TestRestart(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	const connections = 20 // to each node
	cluster := &redisc.Cluster{
		StartupNodes: (&redistest.Cluster{Primaries: nodes}).Addrs(),
		DialOptions:  []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)},
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{MaxIdle: connections, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) }}, nil
		},
	}
	defer cluster.Close()
	if err := cluster.Refresh(); err != nil {
		t.Fatal(err)
	}
	s := redigostore.New(cluster)
	for name, call := range map[string]func() error{
		"Find":   func() error { _, _, err := s.Find("token"); return err },
		"Commit": func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) },
		"Delete": func() error { return s.Delete("another") },
		"All":    func() error { _, err := s.All(); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var conns []redis.Conn
			for _, key := range []string{"a", "b", "c"} { // slots 15495, 3300 and 7365
				for range connections {
					conn := cluster.Get()
					if err := redisc.BindConn(conn, key); err != nil {
						t.Fatal(err)
					}
					conns = append(conns, conn)
				}
			}
			for _, conn := range conns {
				conn.Close()
			}
			for _, node := range nodes {
				node.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			}
			start := time.Now()
			if err := call(); err != nil {
				t.Errorf("%s = %v", name, err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s took %v", name, took)
			}
		})
	}
}

// TestFindInEach: Each holds no connection of redisc's while its function runs, so
// that the function has the only one of each pool, none of which waits.
func TestFindInEach(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	var open atomic.Int64
	cluster := &redisc.Cluster{
		StartupNodes: (&redistest.Cluster{Primaries: nodes}).Addrs(),
		DialOptions:  []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)},
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{MaxIdle: 1, MaxActive: 1, Dial: func() (redis.Conn, error) {
				conn, err := redis.Dial("tcp", addr, options...)
				if err != nil {
					return nil, err
				}
				open.Add(1)
				return counted{conn.(redis.ConnWithTimeout), &open}, nil
			}}, nil
		},
	}
	defer cluster.Close()
	if err := cluster.Refresh(); err != nil {
		t.Fatal(err)
	}
	s := redigostore.New(cluster)
	const n = 5000
	for i := range n {
		if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	shown := make(map[string]bool)
	err := s.Each(t.Context(), func(token string, _ []byte) error {
		shown[token] = true
		b, found, err := s.Find(token)
		if string(b) != "data" || !found || err != nil {
			return fmt.Errorf("find in Each = %q, %v, %w", b, found, err)
		}
		return nil
	})
	if len(shown) != n || err != nil {
		t.Errorf("Each showed %d sessions, %v; want %d", len(shown), err, n)
	}
	idle := 0
	for _, stats := range cluster.Stats() {
		idle += stats.IdleCount
	}
	if n := int(open.Load()); n != idle {
		t.Errorf("%d connections are open after Each; want the %d of redisc", n, idle)
	}
}

// counted is a connection that counts those that are open.
type counted struct {
	redis.ConnWithTimeout
	open *atomic.Int64
}

func (c counted) Close() error {
	c.open.Add(-1)
	return c.ConnWithTimeout.Close()
}
