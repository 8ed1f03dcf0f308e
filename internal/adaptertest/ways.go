package adaptertest

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// methods are those of a store that benchmarks call.
type methods interface {
	FindCtx(ctx context.Context, token string) ([]byte, bool, error)
	CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error
	AllCtx(ctx context.Context) (map[string][]byte, error)
}

// way is a way to the sessions on a server: a store, or the client's own calls.
type way struct {
	via string
	methods
	writes bool // benchmark only Commit and Delete
}

// find wants a session with data of this size.
func (w way) find(ctx context.Context, token string, size int) error {
	b, _, err := w.FindCtx(ctx, token)
	if err == nil && len(b) != size {
		err = errors.New("the session was not found, or with other data")
	}
	return err
}

// withoutContext makes methods of those of a store that take no context.
type withoutContext struct {
	scs.Store
	scs.IterableStore
}

func (s withoutContext) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}

func (s withoutContext) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}

func (s withoutContext) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }

func (s withoutContext) AllCtx(context.Context) (map[string][]byte, error) { return s.All() }

// bareCalls are a client's own calls, as an application without the store makes them. If
// age is not zero, they read from the client's cache.
type bareCalls struct {
	Bare
	age time.Duration
}

func (b bareCalls) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	if b.age > 0 {
		data, err = b.CachedGet(ctx, prefix+token, b.age)
	} else {
		data, err = b.Get(ctx, prefix+token)
	}
	return data, err == nil, err
}

func (b bareCalls) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return b.Set(ctx, prefix+token, data, time.Until(expiry))
}

func (b bareCalls) DeleteCtx(ctx context.Context, token string) error {
	return b.Del(ctx, prefix+token)
}

func (b bareCalls) AllCtx(ctx context.Context) (map[string][]byte, error) { return b.List(ctx, prefix) }
