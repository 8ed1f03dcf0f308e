package redissession

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// CacheClient is a Client that can also read by way of a cache of its own, in which
// the server says what has changed.
type CacheClient interface {
	Client

	// Retry is the function [Retry] with the client's own errors, and [ErrNotCached].
	Retry(ctx context.Context, attempt func(last error) error) error

	// GetOnce makes one attempt of Get, after one that ended with last.
	GetOnce(ctx context.Context, key string, last error) (value []byte, found bool, err error)

	// GetCached makes one attempt to read key from the cache, or from the server into
	// the cache, where no entry gets older than maxAge. The value stays the cache's.
	GetCached(ctx context.Context, key string, maxAge time.Duration) (value []byte, found bool, from CacheSource, err error)

	// GetTracked reads key from the server over the connection that has key in its
	// cache. With that it sends a command that the server refuses unless it tracks what
	// is read there; tracking is the error of that.
	GetTracked(ctx context.Context, key string) (value []byte, found bool, tracking, err error)
}

// CacheSource is where [CacheClient.GetCached] has a value from.
type CacheSource int

const (
	Server    CacheSource = iota // the server, for this call
	Cache                        // the cache
	OtherCall                    // the read of another call, for which this one has waited
)

// ErrNotCached says that the cache has no value that may be used.
var ErrNotCached = errors.New("the session is not in the cache")

// cached is a client whose Get is served from its cache. The client promises only that
// no entry is older than maxAge, counted from before its read was sent. The server says
// on the connection that a key has changed, but not when: the write may go over another
// connection, or to another node. So the cache is not asked for a key
//
//   - from before a write is sent until every entry older than the write has
//     ended by its age (a Find must see what the same Store has written);
//   - from when an entry is made until the server has said, on the connection that
//     made it, that it tracks what is read there (a client may cache even if the server
//     refuses, and then a logout elsewhere is not seen).
type cached struct {
	CacheClient
	maxAge time.Duration
	fresh  freshKeys
}

// Cached returns a Client that reads from the cache of c what is not older than maxAge.
func Cached(c CacheClient, maxAge time.Duration) Client {
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

// getAgain makes further attempts at Get, which ask the server. The first ended with
// an error, and with a value if that was ErrNotCached.
func (c *cached) getAgain(ctx context.Context, key string, waited []byte, first error) (value []byte, found bool, err error) {
	err = c.Retry(ctx, func(last error) (err error) {
		if last == nil {
			return first
		}
		value, found, err = c.GetOnce(ctx, key, last)
		return err
	})
	if err == nil && waited != nil && (!found || !bytes.Equal(value, waited)) {
		c.fresh.add(key, c.maxAge) // what the next Find gets must not be older
	}
	return value, found, err
}

// abandonedFor is how long the cache is not asked for a key after a read of it was
// cancelled. When the reply comes after all, the client may take it for that to the next
// read. It is longer than clients keep a connection that does not answer.
const abandonedFor = time.Minute

// get reads key from the cache, or makes one attempt to read it into the cache.
func (c *cached) get(ctx context.Context, key string) (value []byte, found bool, err error) {
	begun := time.Now()
	value, found, from, err := c.GetCached(ctx, key, c.maxAge)
	value = bytes.Clone(value)
	switch {
	case from != Server && !found:
		// The session may have been committed since.
		return nil, false, ErrNotCached
	case from == OtherCall: // whose read may have begun long before this one
		err = ErrNotCached
	case from == Cache:
	case err != nil && ctx.Err() != nil:
		c.fresh.add(key, c.maxAge+abandonedFor)
	case found && time.Since(begun) > c.maxAge/10:
		// The client may count what is left of the session's life from here.
		c.fresh.add(key, c.maxAge)
	case found:
		c.fresh.addUnproven(key, c.maxAge)
	}
	return value, found, err
}

// prove reads key from the server, and finds out whether the server tracks it. A
// connection begins with an empty cache, so what was said of another cannot matter.
func (c *cached) prove(ctx context.Context, key string) (value []byte, found bool, err error) {
	value, found, tracking, err := c.GetTracked(ctx, key)
	if tracking == nil {
		c.fresh.proven(key)
	} else if _, refused := c.ServerError(tracking); refused {
		c.fresh.add(key, c.maxAge)
	}
	return value, found, err
}
