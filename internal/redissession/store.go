// Package redissession is the half of a session store that knows no Redis
// client: what a key is called, when a session has expired, what happens to a
// cancelled request, how sessions are listed, and what an error says. Adapters
// supply a Client and pass their methods on to a Store.
package redissession

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// Store keeps sessions in Redis through a Client. It is safe for concurrent
// use and starts no goroutine that outlives a call.
type Store struct {
	name   string
	client Client
	keys   keyspace
}

// New returns a Store over client that keeps its sessions under prefix. The
// name of the adapter's package begins the text of every error.
func New(name string, client Client, prefix string) *Store {
	return &Store{name: name, client: guarded{client}, keys: newKeyspace(prefix)}
}

// Find returns the data of the session token, or found == false if there is no
// such session: it is missing, expired or its token malformed. Any failure to
// tell is an error. The slice is the caller's.
func (s *Store) Find(ctx context.Context, token string) (b []byte, found bool, err error) {
	if !wellFormed(token) {
		return nil, false, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, false, s.fail(ctx, "find", err, token)
	}
	b, found, err = s.client.Get(ctx, s.keys.key(token))
	if err != nil {
		return nil, false, s.fail(ctx, "find", err, token)
	}
	return b, found, nil
}

// Commit stores the session token with data b until expiry, replacing data and
// expiry of an earlier one. A nil error means stored, or deleted if expiry is
// not in the future. It runs to its end even if ctx is cancelled. The caller
// may reuse b at once.
func (s *Store) Commit(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if !wellFormed(token) {
		return s.fail(ctx, "commit", errMalformedToken)
	}
	ctx = detach(ctx)
	var err error
	if expiry.After(time.Now()) {
		err = s.client.Set(ctx, s.keys.key(token), b, unixMilli(expiry))
	} else {
		// The request outlived its session. Redis answers PXAT at or before the
		// epoch with an error and keeps the old value, so it is not asked to.
		err = s.client.Del(ctx, s.keys.key(token))
	}
	if err != nil {
		return s.fail(ctx, "commit", err, token, string(b))
	}
	return nil
}

// Delete removes the session token. A missing one is fine, and so is a token
// that cannot be one: scs destroys sessions that it has never stored. It runs
// to its end even if ctx is cancelled.
func (s *Store) Delete(ctx context.Context, token string) error {
	if !wellFormed(token) {
		return nil
	}
	ctx = detach(ctx)
	if err := s.client.Del(ctx, s.keys.key(token)); err != nil {
		return s.fail(ctx, "delete", err, token)
	}
	return nil
}

// All returns the data of every live session by token, or an error, never a
// part. No session is an empty map. Map and slices are the caller's.
func (s *Store) All(ctx context.Context) (map[string][]byte, error) {
	sessions := make(map[string][]byte)
	err := s.eachPage(ctx, func(p page) error {
		for i, token := range p.tokens {
			if p.values[i] != nil {
				sessions[token] = p.values[i]
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.fail(ctx, "all", err)
	}
	return sessions, nil
}

// Each calls fn for every live session, from the calling goroutine, and with
// memory that does not grow with their number. It may show a session twice,
// because SCAN may. An error of fn ends it and is returned as it is. The slice
// is fn's to keep.
func (s *Store) Each(ctx context.Context, fn func(token string, b []byte) error) error {
	var fnErr error
	err := s.eachPage(ctx, func(p page) error {
		for i, token := range p.tokens {
			if p.values[i] == nil {
				continue
			}
			if fnErr = fn(token, p.values[i]); fnErr != nil {
				return fnErr
			}
		}
		return nil
	})
	switch {
	case fnErr != nil:
		return fnErr
	case err != nil:
		return s.fail(ctx, "each", err)
	}
	return nil
}

// page is some sessions of one shard. A value is nil where the key has gone
// since it was listed, or never was a session's.
type page struct {
	tokens []string
	values [][]byte
}

// scanCount is the number of keys the server looks at for one page: enough to
// make round trips rare, few enough not to hold up other clients.
const scanCount = 1000

// eachPage calls handle with the sessions of every primary, page by page, from
// the calling goroutine: a panic in it is the caller's, not the process's.
func (s *Store) eachPage(ctx context.Context, handle func(page) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan page)
	defer func() {
		cancel()
		for range pages { // until no shard is being read any more
		}
	}()
	var scanErr error // written before pages is closed
	go func() {
		defer close(pages)
		scanErr = s.scan(ctx, pages)
	}()
	for p := range pages {
		if err := handle(p); err != nil {
			return err
		}
	}
	return scanErr
}

func (s *Store) scan(ctx context.Context, pages chan<- page) error {
	var visited atomic.Bool
	err := s.client.EachShard(ctx, func(ctx context.Context, shard Shard) error {
		visited.Store(true)
		return s.scanShard(ctx, shard, pages)
	})
	if err == nil && !visited.Load() {
		return errNoPrimary
	}
	return err
}

func (s *Store) scanShard(ctx context.Context, shard Shard, pages chan<- page) error {
	for cursor := uint64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		keys, next, err := shard.Scan(ctx, cursor, s.keys.pattern, scanCount)
		if err != nil {
			return err
		}
		p, err := s.load(ctx, shard, keys)
		if err != nil {
			return err
		}
		if len(p.tokens) > 0 {
			select {
			case pages <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if next == 0 {
			return nil
		}
		cursor = next
	}
}

// load fetches the sessions among keys, a page of shard.
func (s *Store) load(ctx context.Context, shard Shard, keys []string) (page, error) {
	var p page
	own := keys[:0]
	for _, key := range keys {
		if token, ok := s.keys.token(key); ok {
			p.tokens = append(p.tokens, token)
			own = append(own, key)
		}
	}
	if len(own) == 0 {
		return p, nil
	}
	if err := ctx.Err(); err != nil {
		return page{}, err
	}
	var err error
	p.values, err = shard.GetMany(ctx, own)
	if err == nil && len(p.values) != len(own) {
		err = fmt.Errorf("%d replies to %d commands", len(p.values), len(own))
	}
	return p, err
}

// detach returns ctx without its end: the browser going away must not undo a
// logout, nor lose a change whose side effects have happened.
func detach(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// unixMilli is t.UnixMilli for times beyond its range too. A fraction of a
// millisecond is dropped: Redis keeps a key until the end of the millisecond
// that it expires in.
func unixMilli(t time.Time) int64 {
	if latest := time.UnixMilli(math.MaxInt64); t.After(latest) {
		return math.MaxInt64
	}
	return t.UnixMilli()
}
