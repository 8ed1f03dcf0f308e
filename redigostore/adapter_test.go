package redigostore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// A Cluster is the topology of redisc, in a module of its own.
var adapter = adaptertest.Adapter{
	Name: "redigostore",
	Open: open,
	Bare: bare,
	Topologies: []adaptertest.Topology{
		{Name: "Pool", Kind: adaptertest.Standalone, Bound: 5 * time.Second, Rule: "one server"},
		{Name: "SentinelPool", Kind: adaptertest.Sentinel, Bound: 10 * time.Second, Rule: "Sentinel"},
		{Name: "Wrapped", Kind: adaptertest.Standalone, Bound: 5 * time.Second, Variant: true},
	},
	ServerError: adaptertest.ErrorOf[redis.Error],
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
	pool := newPool(tb, target)
	if target.Prefix == "" {
		return redigostore.NewWithPrefix(pool, ""), nil
	}
	return redigostore.NewWithOptions(pool, redigostore.Options{
		Prefix: target.Prefix, Timeout: target.Timeout, Tombstone: target.Tombstone, UserKey: target.UserKey, Codec: target.Codec,
	}), nil
}

// newPool returns a pool, which is closed when the test ends.
func newPool(tb testing.TB, target adaptertest.Target) *redis.Pool {
	pool := &redis.Pool{
		MaxActive: target.Connections,
		Wait:      target.Connections > 0,
		MaxIdle:   32, // as many as goroutines call in benchmarks
		Dial: func() (redis.Conn, error) {
			if target.Topology.Kind == adaptertest.Sentinel {
				return dialPrimary(target.Addrs, redistest.SentinelName, dialOptions(target)...)
			}
			return redis.Dial(target.Network, target.Addrs[0], dialOptions(target)...)
		},
	}
	if target.Topology.Name == "Wrapped" {
		wrap(pool)
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

// wrap makes the pool's connections ones that take no timeout, like those that a
// tracing library wraps.
func wrap(pool *redis.Pool) {
	dial := pool.Dial
	pool.Dial = func() (redis.Conn, error) {
		conn, err := dial()
		return struct{ redis.Conn }{conn}, err
	}
}

func dialOptions(target adaptertest.Target) []redis.DialOption {
	options := []redis.DialOption{
		redis.DialConnectTimeout(target.Timeout), redis.DialWriteTimeout(target.Timeout),
		redis.DialDatabase(target.Database), redis.DialClientName(target.ClientName),
	}
	if target.Topology.Name == "Wrapped" { // elsewhere the store's timeout bounds a read
		options = append(options, redis.DialReadTimeout(target.Timeout))
	}
	if target.TLS != nil {
		options = append(options, redis.DialUseTLS(true), redis.DialTLSConfig(target.TLS))
	}
	if target.Login != nil {
		user, password := target.Login()
		options = append(options, redis.DialUsername(user), redis.DialPassword(password))
	}
	return options
}

func bare(tb testing.TB, target adaptertest.Target) (adaptertest.Bare, error) {
	pool := newPool(tb, target)
	do := func(command string, args ...any) (any, error) {
		conn := pool.Get()
		defer conn.Close()
		return conn.Do(command, args...)
	}
	return adaptertest.Bare{
		Get: func(_ context.Context, key string) ([]byte, error) { return redis.Bytes(do("GET", key)) },
		Set: func(_ context.Context, key string, value []byte, lifetime time.Duration) error {
			_, err := do("SET", key, value, "PX", lifetime.Milliseconds())
			return err
		},
		Del: func(_ context.Context, key string) error { _, err := do("DEL", key); return err },
		List: func(_ context.Context, prefix string) (map[string][]byte, error) {
			conn := pool.Get()
			defer conn.Close()
			return list(conn, prefix)
		},
	}, nil
}

// list lists sessions as an application without the store would.
func list(conn redis.Conn, prefix string) (map[string][]byte, error) {
	values := make(map[string][]byte)
	for cursor := "0"; ; {
		var keys []string
		page, err := redis.Values(conn.Do("SCAN", cursor, "MATCH", prefix+"*", "COUNT", 1000))
		if err == nil {
			_, err = redis.Scan(page, &cursor, &keys)
		}
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			conn.Send("GET", key)
		}
		conn.Flush()
		for _, key := range keys {
			b, err := redis.Bytes(conn.Receive())
			if err != nil && !errors.Is(err, redis.ErrNil) {
				return nil, err
			}
			if err == nil {
				values[key] = b
			}
		}
		if cursor == "0" {
			return values, nil
		}
	}
}
