package redissession

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// guarded is a Client whose panics are errors. Clients make room for as many
// bytes as a reply announces, and panic if there cannot be so many. During a
// listing that would happen on a goroutine where no caller can recover it.
type guarded struct {
	Client
}

// recovered is to be deferred. It makes a panic the error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = errors.New("the client panicked")
		if cause, ok := p.(runtime.Error); ok { // others may quote what they panicked at
			*err = Note("the client panicked", cause)
		}
	}
}

func guard(f func() error) (err error) {
	defer recovered(&err)
	return f()
}

func (g guarded) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	defer recovered(&err)
	return g.Client.Get(ctx, key)
}

func (g guarded) Set(ctx context.Context, key string, value []byte, expiry time.Time) (err error) {
	defer recovered(&err)
	return g.Client.Set(ctx, key, value, expiry)
}

func (g guarded) Del(ctx context.Context, key string) (err error) {
	defer recovered(&err)
	return g.Client.Del(ctx, key)
}

func (g guarded) Eval(ctx context.Context, calls ...Call) (replies []any, err error) {
	defer recovered(&err)
	return g.Client.Eval(ctx, calls...)
}

func (g guarded) EachPrimary(ctx context.Context, visit func(context.Context, Primary) error) (err error) {
	defer recovered(&err)
	return g.Client.EachPrimary(ctx, func(ctx context.Context, primary Primary) error {
		return guard(func() error { return visit(ctx, primary) })
	})
}
