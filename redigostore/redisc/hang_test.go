package redisc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestHungHooks: every call ends with the store's timeout, also where a function
// of redisc's pools waits for a node that hangs and has no timeout of its own.
func TestHungHooks(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	for name, create := range map[string]func(addr string, options ...redis.DialOption) (*redis.Pool, error){
		"TestOnBorrow": func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{
				MaxIdle: 10,
				Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) },
				TestOnBorrow: func(c redis.Conn, _ time.Time) error {
					_, err := c.Do("PING")
					return err
				},
			}, nil
		},
		"Dial": func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{Dial: func() (redis.Conn, error) {
				conn, err := redis.Dial("tcp", addr, options...)
				if err == nil {
					_, err = conn.Do("PING")
				}
				return conn, err
			}}, nil
		},
		"NoPool": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := redistest.StartCluster(t)
			cluster := &redisc.Cluster{StartupNodes: (&redistest.Cluster{Primaries: nodes}).Addrs(), CreatePool: create}
			defer cluster.Close()
			s := redigostore.NewWithOptions(cluster, redigostore.Options{Timeout: 200 * time.Millisecond})
			if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
				t.Fatalf("Commit = %v", err)
			}
			if _, err := s.All(); err != nil { // connects to all nodes
				t.Fatalf("All = %v", err)
			}
			for _, node := range nodes {
				defer node.Pause(t)()
			}
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
		})
	}
}
