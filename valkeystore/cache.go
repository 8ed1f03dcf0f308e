// Code generated from rueidisstore/cache.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"context"
	"time"

	"github.com/valkey-io/valkey-go"
)

// GetCached reads through valkey-go's client-side cache.
func (c client) GetCached(ctx context.Context, key string, maxAge time.Duration) (value []byte, found, hit bool, err error) {
	result := c.DoCache(ctx, valkey.Cacheable(c.tracked(key)), maxAge)
	value, found, err = bytesIn(result)
	return value, found, result.IsCacheHit(), err
}

// GetTracked sends CLIENT CACHING YES too.
func (c client) GetTracked(ctx context.Context, key string) (value []byte, found bool, tracking, err error) {
	results := c.DoMulti(ctx, c.tracked(key), c.B().Arbitrary("CLIENT", "CACHING", "YES").Build())
	_, tracking = answer(results[1])
	value, found, err = bytesIn(results[0])
	return value, found, tracking, err
}

// tracked returns the command that reads key, over the same connection in GetCached and
// GetTracked. If a client has several connections, valkey-go chooses one by the slot for
// reads that it caches, and at random for others, but the first one for commands without
// a slot. A Cluster's client has one for each node, unless PipelineMultiplex says
// otherwise.
func (c client) tracked(key string) valkey.Completed {
	if c.cluster() {
		return c.B().Arbitrary("GET").Keys(key).Build()
	}
	return c.B().Arbitrary("GET").Args(key).Build()
}
