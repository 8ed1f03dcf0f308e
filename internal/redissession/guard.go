package redissession

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// guarded is a Client that turns panics into errors. Clients allocate as many bytes as a
// reply announces, and panic if that is impossible. During a listing they would panic on
// a goroutine where no caller can recover.
type guarded struct {
	Client
}

// recovered turns a panic into an error. It must be deferred.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = errors.New("the client panicked")
		if cause, ok := p.(runtime.Error); ok { // other values may quote session data
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
