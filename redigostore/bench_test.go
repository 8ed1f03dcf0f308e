package redigostore_test

import (
	"context"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

func openBench(tb testing.TB, server *redistest.Server) (adaptertest.Store, adaptertest.Bare) {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial:    func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) },
	}
	tb.Cleanup(func() { pool.Close() })
	return redigostore.New(pool), adaptertest.Bare{
		Find: func(_ context.Context, key string) ([]byte, error) {
			conn := pool.Get()
			defer conn.Close()
			return redis.Bytes(conn.Do("GET", key))
		},
		Commit: func(_ context.Context, key string, b []byte, expiry time.Time) error {
			conn := pool.Get()
			defer conn.Close()
			_, err := conn.Do("SET", key, b, "PXAT", expiry.UnixMilli())
			return err
		},
	}
}

func BenchmarkFind(b *testing.B)   { adaptertest.Bench(b, "Find", openBench) }
func BenchmarkCommit(b *testing.B) { adaptertest.Bench(b, "Commit", openBench) }
func TestAllocations(t *testing.T) { adaptertest.Allocations(t, openBench) }
