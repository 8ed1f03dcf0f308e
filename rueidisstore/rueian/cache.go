// Code generated from rueidisstore/cache.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rueian/rueidis"
)

// cachedClient is a redisClient whose Get is served from rueidis's client-side
// cache. What rueidis promises is that no entry is older than maxAge, counted
// from before its read was sent, and that the server has it dropped when the key
// changes. It does not say when: a write may go over another connection, or to
// another node, than the reads that are cached. So the cache is not asked for a
// key from before a write is sent until every entry older than the write has
// ended by its age.
type cachedClient struct {
	redisClient
	maxAge time.Duration
	fresh  freshKeys
}

func newCachedClient(client rueidis.Client, maxAge time.Duration) *cachedClient {
	return &cachedClient{redisClient: redisClient{client}, maxAge: maxAge, fresh: freshKeys{keys: make(map[string]freshKey)}}
}

func (c *cachedClient) Set(ctx context.Context, key string, value []byte, pxat int64) error {
	key = c.fresh.begin(key)
	defer func() { c.fresh.end(key, c.maxAge) }()
	return c.redisClient.Set(ctx, key, value, pxat)
}

func (c *cachedClient) Del(ctx context.Context, key string) error {
	key = c.fresh.begin(key)
	defer func() { c.fresh.end(key, c.maxAge) }()
	return c.redisClient.Del(ctx, key)
}

// abandonedFor is how long the cache is not asked for a key after a read of it
// was cancelled. When the reply comes after all, rueidis takes it for that to
// the next read. It closes a connection without replies after ConnWriteTimeout
// and twice Dialer.KeepAlive, by default 12 seconds.
const abandonedFor = time.Minute

func (c *cachedClient) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if c.fresh.has(key) {
		return c.redisClient.Get(ctx, key)
	}
	cached, hit, asked, err := c.cached(ctx, key)
	found := err == nil
	switch {
	case found && hit && asked == nil:
		return cached, true, nil
	case !hit && (found || rueidis.IsRedisNil(err)): // the server's reply to this read
		if asked == nil || time.Since(*asked) > c.maxAge/10 {
			// rueidis counts what is left of the session's life from here.
			c.fresh.add(key, c.maxAge)
		}
		return cached, found, nil
	case !hit && !passing(ctx, err) && !othersEnd(ctx, err):
		if ctx.Err() != nil {
			c.fresh.add(key, c.maxAge+abandonedFor)
		}
		return nil, false, err
	}
	// That there was no such session a while ago is nothing to go by, nor is the
	// reply to a read that had begun before this one.
	value, ok, err := c.redisClient.Get(ctx, key)
	if hit && (ok != found || !bytes.Equal(value, cached)) {
		c.fresh.add(key, c.maxAge) // what the next Find gets must not be older
	}
	return value, ok, err
}

// othersEnd reports whether err is the end of the context of somebody whose read
// this one waited for.
func othersEnd(ctx context.Context, err error) bool {
	return err == context.DeadlineExceeded && ctx.Err() == nil
}

// cached asks rueidis once. It reports whether the result is from the cache, and
// since when the call has waited, nil if it has not. The value is a copy: the
// cache has its own.
func (c *cachedClient) cached(ctx context.Context, key string) (copied []byte, hit bool, asked *time.Time, err error) {
	a := attempts.Get().(*attempt)
	a.Context = ctx
	resp := c.DoCache(a, rueidis.Cacheable(c.B().Arbitrary("GET").Keys(key).Build()), c.maxAge)
	hit, asked = resp.IsCacheHit(), a.asked.Load()
	if asked == nil { // otherwise something may still hold it
		a.Context = context.Background()
		attempts.Put(a)
	}
	msg, err := resp.ToMessage()
	if err != nil {
		return nil, hit, asked, err
	}
	b, err := value(&msg)
	if err != nil {
		return nil, hit, asked, err
	}
	copied = make([]byte, len(b))
	copy(copied, b)
	return copied, hit, asked, nil
}

// attempt is a context with which rueidis does not try again by itself, without
// end: it says that it is over to whoever asks a second time, or after somebody
// wanted to wait for that. What is cached is returned without asking it; before a
// command is sent it is asked.
type attempt struct {
	context.Context
	asked atomic.Pointer[time.Time] // when that was first
}

var attempts = sync.Pool{New: func() any { return new(attempt) }}

var errAttempted = errors.New("the read has been attempted once")

func (a *attempt) Done() <-chan struct{} {
	a.ask()
	return a.Context.Done()
}

func (a *attempt) Err() error {
	if err := a.Context.Err(); err != nil {
		return err
	}
	if !a.ask() {
		return errAttempted
	}
	return nil
}

// ask reports whether this is the first time.
func (a *attempt) ask() bool {
	if a.asked.Load() != nil {
		return false
	}
	now := time.Now()
	return a.asked.CompareAndSwap(nil, &now)
}
