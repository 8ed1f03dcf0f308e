package goredisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

var adapter = adaptertest.Adapter{
	Name: "goredisstore",
	Open: open,
	Bare: bare,
	Topologies: append([]adaptertest.Topology{
		{Name: "Client", Kind: adaptertest.Standalone, Bound: 12 * time.Second, Rule: "one server", Resends: true},
		{Name: "FailoverClient", Kind: adaptertest.Sentinel, Bound: 12 * time.Second, Rule: "Sentinel", Resends: true},
		{Name: "ClusterClient", Kind: adaptertest.Cluster, Bound: 16 * time.Second, Rule: "Cluster", Unneeded: unneeded, Resends: true},
		{Name: "Ring", Kind: adaptertest.Ring, Bound: 12 * time.Second, Rule: "Ring", Resends: true},
		// A client that may read from replicas.
		{Name: "ReadOnly", Kind: adaptertest.Cluster, Rule: "Cluster with ReadOnly", Variant: true},
		{Name: "RouteRandomly", Kind: adaptertest.Cluster, Variant: true},
		{Name: "FailoverClusterClient", Kind: adaptertest.Sentinel, Variant: true},
		// A type of the application.
		{Name: "Wrapped", Kind: adaptertest.Cluster, Variant: true},
	}, experimental()...),
	ServerError: adaptertest.ErrorOf[redis.Error],
	Unreachable: []string{"NoHost"}, // see README.md
}

// unneeded are the permissions that only later versions need.
var unneeded = func() []string {
	if strings.HasPrefix(redis.Version(), "9.14.") {
		return []string{"command"}
	}
	return nil
}()

func TestMain(m *testing.M)        { adaptertest.Main(m) }
func TestConformance(t *testing.T) { adaptertest.Conformance(t, adapter) }
func TestAdapter(t *testing.T)     { adaptertest.Run(t, adapter) }
func TestTopologies(t *testing.T)  { adaptertest.Topologies(t, adapter) }
func TestFaults(t *testing.T)      { adaptertest.Faults(t, adapter) }
func TestAllocations(t *testing.T) { adaptertest.Allocations(t, adapter) }
func FuzzStore(f *testing.F)       { adaptertest.Fuzz(f, adapter) }
func Benchmark(b *testing.B)       { adaptertest.Bench(b, adapter) }

func open(tb testing.TB, target adaptertest.Target) (adaptertest.Store, error) {
	client, err := dial(tb, target)
	if err != nil {
		return nil, err
	}
	if target.Prefix == "" {
		return goredisstore.NewWithPrefix(client, ""), nil
	}
	return goredisstore.NewWithOptions(client, goredisstore.Options{
		Prefix: target.Prefix, Tombstone: target.Tombstone, UserKey: target.UserKey, Codec: target.Codec,
	}), nil
}

// dial returns the client of a topology, which is closed when the test ends.
func dial(tb testing.TB, target adaptertest.Target) (goredisstore.Client, error) {
	var client closable
	opts := options(target)
	switch name := target.Topology.Name; name {
	case "Client":
		client = redis.NewClient(opts.Simple())
	case "FailoverClient":
		client = redis.NewFailoverClient(opts.Failover())
	case "FailoverClusterClient":
		client = redis.NewFailoverClusterClient(opts.Failover())
	case "Ring":
		client = redis.NewRing(ringOptions(target))
	case "ClusterClient", "ReadOnly", "RouteRandomly":
		client = redis.NewClusterClient(opts.Cluster())
	case "Wrapped":
		client = struct{ *redis.ClusterClient }{redis.NewClusterClient(opts.Cluster())}
	default:
		var err error
		if client, err = openExperimental(tb, name, opts.Simple()); err != nil {
			return nil, err
		}
	}
	tb.Cleanup(func() { client.Close() })
	return client, nil
}

// options returns the options of all clients but a Ring.
func options(target adaptertest.Target) *redis.UniversalOptions {
	name, kind := target.Topology.Name, target.Topology.Kind
	opts := dialOnce(&redis.UniversalOptions{
		Addrs: target.Addrs, TLSConfig: target.TLS, CredentialsProvider: target.Login,
		DialTimeout: target.Timeout, ReadTimeout: target.Timeout, WriteTimeout: target.Timeout,
		PoolSize: target.Connections, PoolTimeout: target.Timeout,
		DB: target.Database, ClientName: target.ClientName,
		MasterName:      redistest.SentinelName,
		DisableIdentity: kind == adaptertest.Sentinel, // servers from 7.2 on refuse CLIENT SETINFO to the README's user
		ReadOnly:        name == "ReadOnly",
		RouteRandomly:   name == "RouteRandomly" || name == "FailoverClusterClient",
	})
	if kind != adaptertest.Cluster {
		opts.MaxRetries = 1
	}
	if target.Login != nil { // a failover client takes no CredentialsProvider
		opts.Username, opts.Password = target.Login()
	}
	if target.SentinelLogin != nil {
		opts.SentinelUsername, opts.SentinelPassword = target.SentinelLogin()
	}
	return opts
}

func ringOptions(target adaptertest.Target) *redis.RingOptions {
	opts := dialOnce(&redis.RingOptions{
		Addrs: make(map[string]string), TLSConfig: target.TLS, CredentialsProvider: target.Login,
		DialTimeout: target.Timeout, ReadTimeout: target.Timeout, WriteTimeout: target.Timeout,
		PoolSize: target.Connections, PoolTimeout: target.Timeout, MaxRetries: 1, HeartbeatFrequency: 100 * time.Millisecond,
	})
	for i, addr := range target.Addrs {
		opts.Addrs[fmt.Sprint("shard", i)] = addr
	}
	return opts
}

func bare(tb testing.TB, target adaptertest.Target) (adaptertest.Bare, error) {
	c, err := dial(tb, target)
	if err != nil {
		return adaptertest.Bare{}, err
	}
	client := c.(redis.Cmdable)
	return adaptertest.Bare{
		Get: func(ctx context.Context, key string) ([]byte, error) { return client.Get(ctx, key).Bytes() },
		Set: func(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
			return client.Set(ctx, key, value, lifetime).Err()
		},
		Del: func(ctx context.Context, key string) error { return client.Del(ctx, key).Err() },
		List: func(ctx context.Context, prefix string) (map[string][]byte, error) {
			values := make(map[string][]byte)
			for cursor := uint64(0); ; {
				keys, next, err := client.Scan(ctx, cursor, prefix+"*", 1000).Result()
				if err != nil {
					return nil, err
				}
				gets, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
					for _, key := range keys {
						p.Get(ctx, key)
					}
					return nil
				})
				if err != nil && !errors.Is(err, redis.Nil) {
					return nil, err
				}
				for i, get := range gets {
					if b, err := get.(*redis.StringCmd).Bytes(); err == nil {
						values[keys[i]] = b
					}
				}
				if cursor = next; cursor == 0 {
					return values, nil
				}
			}
		},
	}, nil
}
