// Code generated from rueidisstore/cache.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

// cachedClient is a client whose Get is served from valkey-go's client-side cache.
// valkey-go promises only that no entry is older than maxAge, counted from before its
// read was sent. The server says on the connection that a key has changed, but not
// when: the write may go over another connection, or to another node. So the cache is
// not asked for a key
//
//   - from before a write is sent until every entry older than the write has
//     ended by its age (a Find must see what the same Store has written);
//   - from when an entry is made until the server has said, on the connection that
//     made it, that it tracks what is read there (valkey-go caches even if the server
//     refuses, and then a logout elsewhere is not seen).
type cachedClient struct {
	client
	maxAge time.Duration
	fresh  redissession.FreshKeys
}

func newCachedClient(c valkey.Client, maxAge time.Duration) *cachedClient {
	return &cachedClient{client: newClient(c), maxAge: maxAge}
}

func (c *cachedClient) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	c.fresh.Begin(key)
	defer c.fresh.End(key, c.maxAge)
	return c.client.Set(ctx, key, value, expiry)
}

func (c *cachedClient) Del(ctx context.Context, key string) error {
	c.fresh.Begin(key)
	defer c.fresh.End(key, c.maxAge)
	return c.client.Del(ctx, key)
}

func (c *cachedClient) Eval(ctx context.Context, calls ...redissession.Call) ([]any, error) {
	for _, call := range calls {
		for _, key := range call.Keys {
			c.fresh.Begin(key)
			defer c.fresh.End(key, c.maxAge)
		}
	}
	return c.client.Eval(ctx, calls...)
}

// errNotCached says that the cache has no value that may be used.
var errNotCached = errors.New("the session is not in the cache")

func (c *cachedClient) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	read := c.cached
	switch c.fresh.State(key) {
	case redissession.Fresh:
		return c.client.Get(ctx, key)
	case redissession.Unproven:
		read = c.prove
	}
	var waited []byte // what came with errNotCached
	err = c.retry(ctx, func(last error) (err error) {
		if last == nil {
			value, found, err = read(ctx, key)
			waited = value
		} else {
			value, found, err = c.get(ctx, key, last)
		}
		return err
	})
	if err == nil && found && waited != nil && !bytes.Equal(value, waited) {
		c.fresh.Add(key, c.maxAge) // what the next Find gets must not be older
	}
	return value, found, err
}

// abandonedFor is how long the cache is not asked for a key after a read of it
// was cancelled. When the reply comes after all, valkey-go takes it for that to
// the next read. It closes a connection without replies after ConnWriteTimeout
// and twice Dialer.KeepAlive, by default 12 seconds.
const abandonedFor = time.Minute

// cached reads key from the cache, or makes one attempt to read it into the cache.
func (c *cachedClient) cached(ctx context.Context, key string) (value []byte, found bool, err error) {
	begun := time.Now()
	once := &attempt{Context: ctx}
	result := c.DoCache(once, valkey.Cacheable(c.tracked(key)), c.maxAge)
	value, found, err = bytesIn(result)
	switch {
	case result.IsCacheHit() && !found:
		// The session may have been committed since.
		return nil, false, errNotCached
	case result.IsCacheHit():
		// The cache keeps its own slice. A value that came from the read of another call
		// may not be used either: that read may have begun long before this one.
		value = bytes.Clone(value)
		if once.asked.Load() {
			err = errNotCached
		}
	case err != nil && ctx.Err() != nil:
		c.fresh.Add(key, c.maxAge+abandonedFor)
	case found && time.Since(begun) > c.maxAge/10:
		// valkey-go counts what is left of the session's life from here.
		c.fresh.Add(key, c.maxAge)
	case found:
		c.fresh.AddUnproven(key, c.maxAge)
	}
	return value, found, err
}

// tracked returns the command that reads key over the connection that also prove
// uses. Where a client has several, valkey-go chooses by the slot what it caches
// and at random what it does not, but the first for commands without a slot. A
// Cluster's client has one for each node, unless PipelineMultiplex says otherwise.
func (c *cachedClient) tracked(key string) valkey.Completed {
	if c.cluster() {
		return c.B().Arbitrary("GET").Keys(key).Build()
	}
	return c.B().Arbitrary("GET").Args(key).Build()
}

// prove reads key from the server, and finds out whether the server tracks what
// is read over the connection that has key in its cache: then it does not refuse
// CLIENT CACHING YES. A connection begins with an empty cache, so what was said
// of another cannot matter.
func (c *cachedClient) prove(ctx context.Context, key string) (value []byte, found bool, err error) {
	results := c.DoMulti(ctx, c.tracked(key), c.B().Arbitrary("CLIENT", "CACHING", "YES").Build())
	switch _, err := reply(results[1]); {
	case err == nil:
		c.fresh.Proven(key)
	case results[1].NonValkeyError() == nil:
		c.fresh.Add(key, c.maxAge)
	}
	return bytesIn(results[0])
}

// attempt is a context that has ended for whoever asks it again. valkey-go asks
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
		return errNotCached
	}
	return nil
}
