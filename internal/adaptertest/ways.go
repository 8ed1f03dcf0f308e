package adaptertest

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// way is a way to the sessions on a server: a store, or the client's own calls.
type way struct {
	via    string
	find   func(ctx context.Context, s session, size int) error
	commit func(ctx context.Context, s session, data []byte, expiry time.Time) error
	delete func(ctx context.Context, s session) error
	all    func(ctx context.Context) (sessions int, err error)
}

// checkFound returns err, or an error if b is not of this size.
func checkFound(b []byte, size int, err error) error {
	if err == nil && len(b) != size {
		return errors.New("the session was not found, or with other data")
	}
	return err
}

func wayOfStore(via string, store scs.Store) way {
	s, ok := store.(scs.CtxStore)
	if !ok {
		s = withoutContext{store}
	}
	return way{
		via: via,
		find: func(ctx context.Context, session session, size int) error {
			b, _, err := s.FindCtx(ctx, session.token)
			return checkFound(b, size, err)
		},
		commit: func(ctx context.Context, session session, data []byte, expiry time.Time) error {
			return s.CommitCtx(ctx, session.token, data, expiry)
		},
		delete: func(ctx context.Context, session session) error { return s.DeleteCtx(ctx, session.token) },
		all: func(ctx context.Context) (int, error) {
			if iterable, ok := store.(scs.IterableCtxStore); ok {
				all, err := iterable.AllCtx(ctx)
				return len(all), err
			}
			all, err := store.(scs.IterableStore).All()
			return len(all), err
		},
	}
}

// withoutContext makes a store that takes no context a scs.CtxStore.
type withoutContext struct{ scs.Store }

func (s withoutContext) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}

func (s withoutContext) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}

func (s withoutContext) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }

// wayOfBare makes the bare calls. If age is not zero, it reads from the client's cache.
func wayOfBare(bare Bare, age time.Duration) way {
	get := bare.Get
	if age > 0 {
		get = func(ctx context.Context, key string) ([]byte, error) { return bare.CachedGet(ctx, key, age) }
	}
	return way{
		via: "bare",
		find: func(ctx context.Context, s session, size int) error {
			b, err := get(ctx, s.key)
			return checkFound(b, size, err)
		},
		commit: func(ctx context.Context, s session, data []byte, expiry time.Time) error {
			return bare.Set(ctx, s.key, data, time.Until(expiry))
		},
		delete: func(ctx context.Context, s session) error { return bare.Del(ctx, s.key) },
		all: func(ctx context.Context) (int, error) {
			all, err := bare.List(ctx, prefix)
			return len(all), err
		},
	}
}
