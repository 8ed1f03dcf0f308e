// Package redisc_test runs redigostore on a Cluster of mna/redisc. It is a module of its
// own, so that an application that imports redigostore does not get redisc in its module
// graph.
package redisc_test

import (
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/redigostore"
)

var adapter = adaptertest.Adapter{
	Name: "redigostore",
	Open: open,
	Topologies: []adaptertest.Topology{
		{Name: "redisc", Kind: adaptertest.Cluster, Bound: 10 * time.Second, Rule: "Cluster", Resends: true},
	},
	ServerError: adaptertest.ErrorOf[redis.Error],
	README:      "../README.md",
}

func TestMain(m *testing.M)        { adaptertest.Main(m) }
func TestConformance(t *testing.T) { adaptertest.Conformance(t, adapter) }
func TestTopologies(t *testing.T)  { adaptertest.Topologies(t, adapter) }
func TestFaults(t *testing.T)      { adaptertest.Faults(t, adapter) }

func open(tb testing.TB, target adaptertest.Target) (adaptertest.Store, error) {
	options := []redis.DialOption{
		redis.DialConnectTimeout(target.Timeout), redis.DialReadTimeout(target.Timeout), redis.DialWriteTimeout(target.Timeout),
	}
	if target.Login != nil {
		user, password := target.Login()
		options = append(options, redis.DialUsername(user), redis.DialPassword(password))
	}
	cluster := &redisc.Cluster{
		StartupNodes: target.Addrs,
		PoolWaitTime: target.Timeout,
		DialOptions:  options,
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			addr = dialable(addr, "127.0.0.1")
			return &redis.Pool{
				MaxActive: target.Connections,
				Wait:      target.Connections > 0,
				MaxIdle:   10,
				Dial:      func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) },
			}, nil
		},
	}
	tb.Cleanup(func() { cluster.Close() })
	return redigostore.NewWithOptions(cluster, redigostore.Options{
		Prefix: target.Prefix, Timeout: 2 * target.Timeout, Tombstone: target.Tombstone, UserKey: target.UserKey, Codec: target.Codec,
	}), nil
}
