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

// open returns a store on a cluster that has one connection to each node, so that
// a call which takes a second one while it holds one waits for ever.
func open(tb testing.TB, addrs []string) adaptertest.Store {
	return openWith(tb, addrs, 1)
}

func openWith(tb testing.TB, addrs []string, connections int, options ...redis.DialOption) adaptertest.Store {
	cluster := &redisc.Cluster{
		StartupNodes: addrs,
		PoolWaitTime: time.Second,
		DialOptions: append(options,
			redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second)),
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{
				MaxIdle: connections, MaxActive: connections, Wait: true,
				Dial: func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) },
			}, nil
		},
	}
	tb.Cleanup(func() { cluster.Close() })
	return redigostore.NewWithOptions(cluster, redigostore.Options{Timeout: 2 * time.Second})
}

func TestCluster(t *testing.T) {
	t.Parallel()
	adaptertest.Cluster(t, 5*time.Second, func(tb testing.TB, addrs []string) adaptertest.Store {
		s := open(tb, addrs[:1])
		if all, err := s.All(); all == nil || len(all) != 0 || err != nil { // before any Refresh of ours
			tb.Errorf("All = %v, %v; want an empty map", all, err)
		}
		return s
	})
}

func TestMigration(t *testing.T) {
	t.Parallel()
	adaptertest.Migration(t, open)
}

func TestHalfway(t *testing.T) {
	t.Parallel()
	adaptertest.Halfway(t, open)
}

func TestUnsettled(t *testing.T) {
	t.Parallel()
	adaptertest.Unsettled(t, open)
}

func TestReplicaDown(t *testing.T) {
	t.Parallel()
	adaptertest.ReplicaDown(t, open)
}

func TestFailover(t *testing.T) {
	t.Parallel()
	adaptertest.ClusterFailover(t, 10*time.Second, func(tb testing.TB, addrs []string) adaptertest.Store {
		return openWith(tb, addrs, 10) // connections to a node that hangs are busy for a second
	})
}

func TestPrivileges(t *testing.T) {
	t.Parallel()
	adaptertest.ClusterPrivileges(t, "../../redigostore/README.md", func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
		return openWith(tb, addrs, 10, redis.DialUsername(adaptertest.User), redis.DialPassword(adaptertest.Password)), nil
	})
}
