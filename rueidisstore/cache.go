package rueidisstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

// GetCached reads through rueidis's client-side cache.
func (c client) GetCached(ctx context.Context, key string, maxAge time.Duration) (value []byte, found bool, from redissession.CacheSource, err error) {
	once := &attempt{Context: ctx}
	result := c.DoCache(once, rueidis.Cacheable(c.tracked(key)), maxAge)
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

// tracked returns the command that reads key over the connection that also GetTracked
// uses. Where a client has several, rueidis chooses by the slot what it caches
// and at random what it does not, but the first for commands without a slot. A
// Cluster's client has one for each node, unless PipelineMultiplex says otherwise.
func (c client) tracked(key string) rueidis.Completed {
	if c.cluster() {
		return c.B().Arbitrary("GET").Keys(key).Build()
	}
	return c.B().Arbitrary("GET").Args(key).Build()
}

// attempt is a context that has ended for whoever asks it again. rueidis asks
// before it sends a read and before it repeats one, which it otherwise does for as
// long as there is no server. What it has in its cache it returns without asking,
// unless it waits for the read of another.
type attempt struct {
	context.Context
	asked atomic.Bool
}

func (a *attempt) Done() <-chan struct{} {
	a.asked.Store(true)
	return a.Context.Done()
}

func (a *attempt) Err() error {
	if err := a.Context.Err(); err != nil {
		return err
	}
	if a.asked.Swap(true) {
		return redissession.ErrNotCached
	}
	return nil
}
