// Package redisc_test runs redigostore on a Cluster of mna/redisc, which
// redigostore itself does not require.
package redisc_test

import (
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/redigostore"
)

func TestCluster(t *testing.T) {
	adaptertest.Cluster(t, 5*time.Second, func(tb testing.TB, addrs []string) adaptertest.Store {
		cluster := &redisc.Cluster{
			StartupNodes: addrs[:1],
			DialOptions:  []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)},
			CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
				// One connection: listing must not take a second while it holds one.
				return &redis.Pool{MaxIdle: 1, MaxActive: 1, Wait: true, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) }}, nil
			},
		}
		tb.Cleanup(func() { cluster.Close() })
		s := redigostore.New(cluster)
		if all, err := s.All(); all == nil || len(all) != 0 || err != nil { // before any Refresh of ours
			tb.Errorf("All = %v, %v; want an empty map", all, err)
		}
		return s
	})
}
