// Package bench_test compares scs's own Redis stores with ours, on the same client.
package bench_test

import (
	"testing"

	scsgoredis "github.com/alexedwards/scs/goredisstore"
	scsredigo "github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/redigostore"
)

func Benchmark(b *testing.B) {
	b.Run("adapter=redigostore", func(b *testing.B) {
		adaptertest.BenchStores(b, func(tb testing.TB, addr string) map[string]scs.Store {
			pool := &redis.Pool{
				MaxIdle: 32, // as many as there are goroutines
				Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", addr) },
			}
			tb.Cleanup(func() { pool.Close() })
			return map[string]scs.Store{"scs": scsredigo.New(pool), "store": redigostore.New(pool)}
		})
	})
	b.Run("adapter=goredisstore", func(b *testing.B) {
		adaptertest.BenchStores(b, func(tb testing.TB, addr string) map[string]scs.Store {
			client := goredis.NewClient(&goredis.Options{Addr: addr})
			tb.Cleanup(func() { client.Close() })
			return map[string]scs.Store{"scs": scsgoredis.New(client), "store": goredisstore.New(client)}
		})
	})
}
