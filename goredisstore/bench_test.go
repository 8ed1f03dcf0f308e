package goredisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

func openBench(tb testing.TB, server *redistest.Server) (adaptertest.Store, adaptertest.Bare) {
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	tb.Cleanup(func() { client.Close() })
	return goredisstore.New(client), adaptertest.Bare{
		Find: func(ctx context.Context, key string) ([]byte, error) {
			return client.Get(ctx, key).Bytes()
		},
		Commit: func(ctx context.Context, key string, b []byte, expiry time.Time) error {
			return client.Set(ctx, key, b, time.Until(expiry)).Err()
		},
	}
}

func BenchmarkFind(b *testing.B)   { adaptertest.Bench(b, "Find", openBench) }
func BenchmarkCommit(b *testing.B) { adaptertest.Bench(b, "Commit", openBench) }
func TestAllocations(t *testing.T) { adaptertest.Allocations(t, openBench) }
