// Package goredis_test runs goredisstore on clients of go-redis that by
// themselves return sessions after their logout, which take more than the
// lowest version that goredisstore requires.
package goredis_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/internal/redistest"
)

// client is what users give to goredisstore.
type client interface {
	Process(ctx context.Context, cmd redis.Cmder) error
	Pipeline() redis.Pipeliner
	Get(ctx context.Context, key string) *redis.StringCmd
	Set(ctx context.Context, key string, value any, expiration time.Duration) *redis.StatusCmd
}

// setting is a client on servers of its own.
type setting struct {
	name  string
	start func(tb testing.TB) (open func(tb testing.TB) client)
}

// settings are the clients that the tests of this package are run with.
var settings = []setting{
	{"Cache", func(tb testing.TB) func(testing.TB) client {
		server := redistest.Start(tb, redistest.Options{})
		return func(tb testing.TB) client {
			return open(tb, redis.NewClient(&redis.Options{Addr: server.Addr, ClientSideCacheConfig: &redis.ClientSideCacheConfig{}}))
		}
	}},
	{"ReadOnly", replicas(redis.ClusterOptions{ReadOnly: true})},
	{"RouteByLatency", replicas(redis.ClusterOptions{RouteByLatency: true})},
	{"RouteRandomly", replicas(redis.ClusterOptions{RouteRandomly: true})},
	{"FailoverClusterClient", func(tb testing.TB) func(testing.TB) client {
		sentinel := redistest.StartSentinel(tb, redistest.Options{}, time.Hour)
		cutOff(tb, sentinel.Servers)
		return func(tb testing.TB) client {
			return open(tb, redis.NewFailoverClusterClient(&redis.FailoverOptions{
				MasterName: redistest.SentinelName, SentinelAddrs: sentinel.Addrs(), RouteRandomly: true,
			}))
		}
	}},
	{"AutoPipeline", func(tb testing.TB) func(testing.TB) client {
		server := redistest.Start(tb, redistest.Options{})
		return func(tb testing.TB) client {
			c := redis.NewClient(&redis.Options{Addr: server.Addr, ClientSideCacheConfig: &redis.ClientSideCacheConfig{}})
			open(tb, c)
			p, err := c.AutoPipeline()
			if err != nil {
				tb.Fatal(err)
			}
			return open(tb, p)
		}
	}},
	{"AsyncAutoPipeline", func(tb testing.TB) func(testing.TB) client {
		server := redistest.Start(tb, redistest.Options{})
		return func(tb testing.TB) client {
			c := redis.NewClient(&redis.Options{Addr: server.Addr})
			open(tb, c)
			p, err := c.AsyncAutoPipeline()
			if err != nil {
				tb.Fatal(err)
			}
			return open(tb, p)
		}
	}},
}

func open[C interface {
	client
	Close() error
}](tb testing.TB, c C) client {
	tb.Cleanup(func() { c.Close() })
	return c
}

// replicas is a Cluster whose replicas are cut off, with clients that read from
// them.
func replicas(opts redis.ClusterOptions) func(testing.TB) func(testing.TB) client {
	return func(tb testing.TB) func(testing.TB) client {
		cluster := redistest.StartReplicatedCluster(tb, redistest.Options{})
		cutOff(tb, cluster.Primaries)
		return func(tb testing.TB) client {
			opts, known := opts, new(nodes)
			opts.Addrs = cluster.Addrs()
			if opts.RouteByLatency {
				opts.Dialer = known.dial
			}
			client := redis.NewClusterClient(&opts)
			client.OnNewNode(func(node *redis.Client) { known.add(node.Options().Addr) })
			return open(tb, client)
		}
	}
}

// cutOff makes the replicas of primaries know nothing of what comes.
func cutOff(tb testing.TB, primaries []*redistest.Server) {
	tb.Helper()
	for _, primary := range primaries {
		primary.Do(tb, "ACL", "SETUSER", "default", "-psync", "-sync")
		primary.Do(tb, "CLIENT", "KILL", "TYPE", "replica")
	}
}

// nodes are those of a ClusterClient that have been set up. With RouteByLatency
// go-redis 9.23.0 connects to a node while it still writes the field himport of
// its client, which the race detector sees: dialling has to wait.
type nodes struct{ sync.Map } // address to a channel that is closed then

func (n *nodes) known(addr string) chan struct{} {
	known, _ := n.LoadOrStore(addr, make(chan struct{}))
	return known.(chan struct{})
}

func (n *nodes) add(addr string) { close(n.known(addr)) }

func (n *nodes) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	select {
	case <-n.known(addr):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}
