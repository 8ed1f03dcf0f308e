// Code generated from rueidisstore/bench_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore/rueian"
)

func openBench(tb testing.TB, server *redistest.Server) (adaptertest.Store, adaptertest.Bare) {
	client := newClient(tb, server.Endpoint())
	return rueidisstore.New(client), adaptertest.Bare{
		Find: func(ctx context.Context, key string) ([]byte, error) {
			return client.Do(ctx, client.B().Get().Key(key).Build()).AsBytes()
		},
		Commit: func(ctx context.Context, key string, b []byte, expiry time.Time) error {
			cmd := client.B().Set().Key(key).Value(rueidis.BinaryString(b)).
				PxatMillisecondsTimestamp(expiry.UnixMilli()).Build()
			return client.Do(ctx, cmd).Error()
		},
	}
}

func BenchmarkFind(b *testing.B)   { adaptertest.Bench(b, "Find", openBench) }
func BenchmarkCommit(b *testing.B) { adaptertest.Bench(b, "Commit", openBench) }
func TestAllocations(t *testing.T) { adaptertest.Allocations(t, openBench) }
