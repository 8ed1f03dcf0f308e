package rueidisstore_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore/rueian"
)

var adapter = adaptertest.Adapter{
	Name: "rueidisstore",
	Open: open,
	Bare: bare,
	Topologies: []adaptertest.Topology{
		{Name: "Client", Kind: adaptertest.Standalone, Bound: 6 * time.Second, Rule: "one server", Resends: true},
		{Name: "Sentinel", Kind: adaptertest.Sentinel, Bound: 10 * time.Second, Rule: "Sentinel", Resends: true},
		{Name: "Cluster", Kind: adaptertest.Cluster, Bound: 10 * time.Second, Rule: "Cluster", Resends: true,
			LosesConnections: true}, // https://github.com/valkey-io/valkey-go/issues/160
		{Name: "DisableCache", Kind: adaptertest.Standalone, Bound: 6 * time.Second, Variant: true},
		{Name: "DisableCacheCluster", Kind: adaptertest.Cluster, Variant: true},
	},
	ServerError:   adaptertest.ErrorOf[*rueidis.RedisError],
	Cache:         true,
	TCPOnly:       true,
	FixedPassword: true,
	Unreachable:   []string{"IPv6", "NoHost"}, // see README.md
	// See README.md.
	Crashing: []string{"NegativeString", "NegativeArray", "OverflowingString", "OverflowingArray"},
}

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
		return rueidisstore.NewWithPrefix(client, ""), nil
	}
	return rueidisstore.NewWithOptions(client, rueidisstore.Options{
		Prefix: target.Prefix, Cache: target.Cache, Tombstone: target.Tombstone, UserKey: target.UserKey, Codec: target.Codec,
	}), nil
}

// dial returns the client of a topology, which is closed when the test ends.
func dial(tb testing.TB, target adaptertest.Target) (rueidis.Client, error) {
	dialer := net.Dialer{Timeout: target.Timeout, KeepAlive: target.Timeout}
	opts := rueidis.ClientOption{
		InitAddress:      target.Addrs,
		TLSConfig:        target.TLS,
		Dialer:           dialer,
		ConnWriteTimeout: target.Timeout,
		SelectDB:         target.Database,
		ClientName:       target.ClientName,
	}
	if target.Topology.Kind == adaptertest.Sentinel {
		opts.Sentinel = rueidis.SentinelOption{MasterSet: redistest.SentinelName, Dialer: dialer}
	}
	if strings.HasPrefix(target.Topology.Name, "DisableCache") {
		opts.DisableCache = true
	}
	if target.Login != nil {
		opts.Username, opts.Password = target.Login()
	}
	if target.SentinelLogin != nil {
		opts.Sentinel.Username, opts.Sentinel.Password = target.SentinelLogin()
	}
	client, err := rueidis.NewClient(opts)
	if err != nil {
		return nil, err
	}
	tb.Cleanup(client.Close)
	return client, nil
}

func bare(tb testing.TB, target adaptertest.Target) (adaptertest.Bare, error) {
	client, err := dial(tb, target)
	if err != nil {
		return adaptertest.Bare{}, err
	}
	return adaptertest.Bare{
		Get: func(ctx context.Context, key string) ([]byte, error) {
			return client.Do(ctx, client.B().Get().Key(key).Build()).AsBytes()
		},
		Set: func(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
			cmd := client.B().Set().Key(key).Value(rueidis.BinaryString(value)).PxMilliseconds(lifetime.Milliseconds()).Build()
			return client.Do(ctx, cmd).Error()
		},
		Del: func(ctx context.Context, key string) error {
			return client.Do(ctx, client.B().Del().Key(key).Build()).Error()
		},
		List: func(ctx context.Context, prefix string) (map[string][]byte, error) { return list(ctx, client, prefix) },
		CachedGet: func(ctx context.Context, key string, age time.Duration) ([]byte, error) {
			return client.DoCache(ctx, client.B().Get().Key(key).Cache(), age).AsBytes()
		},
	}, nil
}

// list lists sessions as an application without the store would.
func list(ctx context.Context, client rueidis.Client, prefix string) (map[string][]byte, error) {
	values := make(map[string][]byte)
	for cursor := uint64(0); ; {
		page, err := client.Do(ctx, client.B().Scan().Cursor(cursor).Match(prefix+"*").Count(1000).Build()).AsScanEntry()
		if err != nil {
			return nil, err
		}
		gets := make([]rueidis.Completed, len(page.Elements))
		for i, key := range page.Elements {
			gets[i] = client.B().Get().Key(key).Build()
		}
		for i, reply := range client.DoMulti(ctx, gets...) {
			if b, err := reply.AsBytes(); err == nil {
				values[page.Elements[i]] = b
			}
		}
		if cursor = page.Cursor; cursor == 0 {
			return values, nil
		}
	}
}
