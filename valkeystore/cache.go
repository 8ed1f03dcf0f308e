// Code generated from rueidisstore/cache.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

// GetCached reads through valkey-go's client-side cache.
func (c client) GetCached(ctx context.Context, key string, maxAge time.Duration) (value []byte, found bool, from redissession.CacheSource, err error) {
	once := &oneAttempt{Context: ctx}
	result := c.DoCache(once, valkey.Cacheable(c.tracked(key)), maxAge)
	if result.IsCacheHit() {
		from = redissession.Cache
		if once.asked.Load() {
			from = redissession.OtherCall
		}
	}
	value, found, err = bytesIn(result)
	return value, found, from, err
}

// GetTracked sends CLIENT CACHING YES too.
func (c client) GetTracked(ctx context.Context, key string) (value []byte, found bool, tracking, err error) {
	results := c.DoMulti(ctx, c.tracked(key), c.B().Arbitrary("CLIENT", "CACHING", "YES").Build())
	_, tracking = reply(results[1])
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

// oneAttempt is a context that has ended when it is asked for the second time. valkey-go
// asks it before it sends a read and before it repeats one, which it would do for as long
// as there is no server. It does not ask if the value is in its cache, unless it waits
// for the read of another call.
type oneAttempt struct {
	context.Context
	asked atomic.Bool
}

func (a *oneAttempt) Done() <-chan struct{} {
	a.asked.Store(true)
	return a.Context.Done()
}

func (a *oneAttempt) Err() error {
	if err := a.Context.Err(); err != nil {
		return err
	}
	if a.asked.Swap(true) {
		return redissession.ErrNotCached
	}
	return nil
}
