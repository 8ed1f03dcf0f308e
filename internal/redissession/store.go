// Package redissession is the half of a session store that knows no Redis client: what a
// key is called, when a session has expired, what happens to a cancelled request, how
// sessions are listed, and what an error says. An adapter supplies a Client, and its
// methods call a Store.
package redissession

import (
	"context"
	"time"
)

// Store keeps sessions in Redis through a Client. It is safe for concurrent
// use and starts no goroutine of its own that outlives a call.
type Store struct {
	name   string
	client Client
	keys   keyspace

	tombstone time.Duration // zero: Delete leaves none
	users     *users        // nil: no index
}

// Options are the settings of a Store. The adapters' Options say what each does.
type Options struct {
	Prefix    string // used as it is, even if it is empty
	Tombstone time.Duration
	UserKey   string
	Codec     Codec // for UserKey, not nil
}

// New returns a Store over client. Every error text begins with name, the name of the
// adapter's package. It panics if settings cannot work.
func New(name string, client Client, opts Options) *Store {
	s := &Store{name: name, client: client, keys: newKeyspace(opts.Prefix)}
	if opts.UserKey != "" {
		s.users = &users{key: opts.UserKey, codec: opts.Codec}
		if opts.Tombstone <= 0 {
			opts.Tombstone = defaultTombstone
		}
	}
	if opts.Tombstone > 0 {
		// Redis counts in milliseconds.
		s.tombstone = max(opts.Tombstone, time.Millisecond)
		if err := s.keys.withTombstones(); err != nil {
			panic(name + ": " + err.Error())
		}
	}
	return s
}

// Find returns the data of the session token, or found == false if there is no such
// session: it is missing, expired or its token malformed. Every failure is an error. The
// slice belongs to the caller.
func (s *Store) Find(ctx context.Context, token string) (b []byte, found bool, err error) {
	defer s.end(ctx, "find", &err, token, nil)
	if !s.keys.wellFormed(token) {
		return nil, false, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	b, found, err = s.client.Get(ctx, s.keys.key(token))
	if err != nil {
		return nil, false, err
	}
	return b, found, nil
}

// Commit stores the session token with data b until expiry, replacing data and
// expiry of an earlier one. A nil error means stored, or deleted if expiry is
// not in the future. It runs to its end even if ctx is cancelled. The caller
// may reuse b at once.
func (s *Store) Commit(ctx context.Context, token string, b []byte, expiry time.Time) (err error) {
	// A browser that goes away must not undo a change whose side effects have happened.
	ctx = context.WithoutCancel(ctx)
	defer s.end(ctx, "commit", &err, token, b)
	switch {
	case !s.keys.wellFormed(token):
		return errMalformedToken
	case time.Until(expiry) < time.Millisecond:
		// The request outlived its session. Redis answers PX of zero or less with an
		// error and keeps the old value.
		return s.client.Del(ctx, s.keys.key(token))
	case s.tombstone > 0:
		return s.commitUnlessDeleted(ctx, token, b, expiry)
	}
	return s.client.Set(ctx, s.keys.key(token), b, expiry)
}

// Delete removes the session token. A missing one is fine, and so is a malformed
// token. It runs to its end even if ctx is cancelled.
func (s *Store) Delete(ctx context.Context, token string) (err error) {
	ctx = context.WithoutCancel(ctx)
	defer s.end(ctx, "delete", &err, token, nil)
	switch {
	case !s.keys.wellFormed(token):
		return nil
	case s.tombstone > 0:
		return s.deleteForGood(ctx, token)
	}
	return s.client.Del(ctx, s.keys.key(token))
}

// All returns the data of every live session by token, or an error, never a part. Without
// sessions the map is empty. Map and slices belong to the caller.
func (s *Store) All(ctx context.Context) (_ map[string][]byte, err error) {
	defer s.end(ctx, "all", &err, "", nil)
	sessions := make(map[string][]byte)
	err = s.list(ctx, func(token string, b []byte) error {
		sessions[token] = b
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sessions, nil
}

// Each calls fn for every live session, from the calling goroutine, and with memory that
// does not grow with their number. It may show a session twice, because SCAN may, and
// because slots that move are read again. If fn returns an error, Each ends and returns
// it unchanged. fn may keep the slice.
func (s *Store) Each(ctx context.Context, fn func(token string, b []byte) error) error {
	var fnErr error
	err := s.list(ctx, func(token string, b []byte) error {
		fnErr = fn(token, b)
		return fnErr
	})
	switch {
	case fnErr != nil:
		return fnErr
	case err != nil:
		return s.fail(ctx, "each", err)
	}
	return nil
}
