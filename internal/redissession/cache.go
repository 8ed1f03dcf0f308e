package redissession

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// CacheClient is a Client that can also read from a cache of its own. The server tells
// the client when a cached key has changed.
type CacheClient interface {
	Client

	// Retry is the function [Retry] with the client's own errors.
	Retry(ctx context.Context, attempt func(last error) error) error

	// GetOnce makes one attempt at Get. last is the error of the attempt before it, or
	// nil.
	GetOnce(ctx context.Context, key string, last error) (value []byte, found bool, err error)

	// GetCached reads key from the cache, or from the server into the cache. No cache
	// entry gets older than maxAge. hit says that this call did not read the server. It
	// asks ctx whether it has ended before each attempt to read the server, and before it
	// waits for the read of another call. The value belongs to the cache.
	GetCached(ctx context.Context, key string, maxAge time.Duration) (value []byte, found, hit bool, err error)

	// GetTracked reads key from the server, over the connection whose cache has key. With
	// the read it sends a command that the server refuses unless it tracks the reads of
	// that connection. tracking is the error of that command.
	GetTracked(ctx context.Context, key string) (value []byte, found bool, tracking, err error)
}

// errNotCached means that the cache has no value that may be used.
var errNotCached = errors.New("the session is not in the cache")

// cached is a client whose Get reads from its cache. The client promises only that no
// entry is older than maxAge, counted from before the read was sent. The server tells the
// client that a key has changed, but maybe after the reply to the write, which may go
// over another connection or to another node. So Get does not use the cache for a key
//
//   - from before a write is sent until every entry from before the write is older than
//     maxAge (a Find must see what the same Store has written);
//   - from when an entry is made until the server has confirmed that it tracks the reads
//     of the connection that made it (a client may cache even if the server refuses to
//     track; then Find does not see a logout elsewhere).
type cached struct {
	CacheClient
	maxAge time.Duration
	fresh  freshKeys
}

// Cached returns a Client that reads from the cache of c, where no value is older than
// maxAge, or c itself if maxAge is not positive.
func Cached(c CacheClient, maxAge time.Duration) Client {
	if maxAge <= 0 {
		return c
	}
	return &cached{CacheClient: c, maxAge: maxAge}
}

func (c *cached) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	c.fresh.begin(key)
	defer c.fresh.end(key, c.maxAge)
	return c.CacheClient.Set(ctx, key, value, expiry)
}

func (c *cached) Del(ctx context.Context, key string) error {
	c.fresh.begin(key)
	defer c.fresh.end(key, c.maxAge)
	return c.CacheClient.Del(ctx, key)
}

func (c *cached) Eval(ctx context.Context, calls ...Call) ([]any, error) {
	for _, call := range calls {
		for _, key := range call.Keys {
			c.fresh.begin(key)
			defer c.fresh.end(key, c.maxAge)
		}
	}
	return c.CacheClient.Eval(ctx, calls...)
}

func (c *cached) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	switch c.fresh.state(key) {
	case fresh:
		return c.CacheClient.Get(ctx, key)
	case unproven:
		value, found, err = c.prove(ctx, key)
	default:
		value, found, err = c.get(ctx, key)
	}
	if err != nil {
		return c.getAgain(ctx, key, value, err)
	}
	return value, found, nil
}

// getAgain makes further attempts at Get, which ask the server. The first attempt
// returned the error first, and othersValue if it waited for another call.
func (c *cached) getAgain(ctx context.Context, key string, othersValue []byte, first error) (value []byte, found bool, err error) {
	err = c.Retry(ctx, func(last error) (err error) {
		if last == nil {
			return first
		}
		value, found, err = c.GetOnce(ctx, key, last)
		return err
	})
	if err == nil && othersValue != nil && (!found || !bytes.Equal(value, othersValue)) {
		c.fresh.add(key, c.maxAge) // the next Find must not return the older value
	}
	return value, found, err
}

// abandonedFor is how long Get does not use the cache for a key after a read of it was
// cancelled. The reply may still come, and the client may take it for the reply to the
// next read. Clients close a connection that does not answer sooner than that.
const abandonedFor = time.Minute

// get reads key from the cache, or makes one attempt to read it into the cache.
func (c *cached) get(ctx context.Context, key string) (value []byte, found bool, err error) {
	begun := time.Now()
	once := &oneAttempt{Context: ctx}
	value, found, hit, err := c.GetCached(once, key, c.maxAge)
	value = bytes.Clone(value)
	switch {
	case hit && !found:
		// The session may have been committed since.
		return nil, false, errNotCached
	case hit && once.asked.Load(): // another call's read, which may have begun long before this call
		err = errNotCached
	case hit:
	case err != nil && ctx.Err() != nil:
		c.fresh.add(key, c.maxAge+abandonedFor)
	case found && time.Since(begun) > c.maxAge/10:
		// The client may count the session's lifetime from when the reply came.
		c.fresh.add(key, c.maxAge)
	case found:
		c.fresh.addUnproven(key, c.maxAge)
	}
	return value, found, err
}

// oneAttempt is a context that has ended when it is asked for the second time. A client
// asks it before it sends a read and before it repeats one, which it might do for as long
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
	asked := a.asked.Swap(true)
	if err := a.Context.Err(); err != nil || !asked {
		return err
	}
	return errNotCached
}

// prove reads key from the server, and finds out whether the server tracks it. A
// connection begins with an empty cache, so it does not matter what was true of an
// earlier one.
func (c *cached) prove(ctx context.Context, key string) (value []byte, found bool, err error) {
	value, found, tracking, err := c.GetTracked(ctx, key)
	if tracking == nil {
		c.fresh.proven(key)
	} else if _, refused := c.ServerError(tracking); refused {
		c.fresh.add(key, c.maxAge)
	}
	return value, found, err
}
