package adaptertest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// mostAllocations is how many more allocations a call of the store may make than the bare
// call, for which an application builds the key. Find with go-redis needs so many because
// the reply to MGET is an array.
const mostAllocations = 4

// Allocations checks that Find, Commit and Delete make few allocations more than the bare
// calls, with a context that ends, as a request's does, and with one that does not. It
// checks the same for a Find from the cache. Each keeps no more than a few pages.
func Allocations(t *testing.T, a Adapter) {
	if race {
		t.Skip("the race detector makes pools forget, so that calls allocate more")
	}
	target := a.target(redistest.Start(t, redistest.Options{}))
	s := a.open(t, target)
	target.Cache = time.Hour
	cached := a.open(t, target)
	bare, err := a.Bare(t, target)
	if err != nil {
		t.Fatal(err)
	}
	const lifetime = time.Hour
	token, data, expiry := newToken(), bytes.Repeat([]byte("x"), 1024), time.Now().Add(lifetime)
	key := func(token string) string { return target.Prefix + token }
	MustCommit(t, s, token, string(data))
	type op struct {
		name        string
		store, bare func(context.Context) error
	}
	ops := []op{
		{
			"Find",
			func(ctx context.Context) error { _, _, err := s.FindCtx(ctx, token); return err },
			func(ctx context.Context) error { _, err := bare.Get(ctx, key(token)); return err },
		}, {
			"Commit",
			func(ctx context.Context) error { return s.CommitCtx(ctx, token, data, expiry) },
			func(ctx context.Context) error { return bare.Set(ctx, key(token), data, lifetime) },
		}, {
			"Delete",
			func(ctx context.Context) error { return s.DeleteCtx(ctx, "missing") },
			func(ctx context.Context) error { return bare.Del(ctx, key("missing")) },
		},
	}
	if a.Cache {
		ops = append(ops, op{
			"Find in the cache",
			func(ctx context.Context) error { _, _, err := cached.FindCtx(ctx, token); return err },
			func(ctx context.Context) error { _, err := bare.CachedGet(ctx, key(token), time.Hour); return err },
		})
	}
	for _, op := range ops {
		for name, ctx := range map[string]context.Context{"request": t.Context(), "background": context.Background()} {
			store := allocations(t, func() error { return op.store(ctx) })
			bare := allocations(t, func() error { return op.bare(ctx) })
			t.Logf("%s, %s context: %v allocations, bare call %v", op.name, name, store, bare)
			if store > bare+mostAllocations {
				t.Errorf("%s, %s context: %v allocations; want at most %d more than the bare call's %v",
					op.name, name, store, mostAllocations, bare)
			}
		}
	}
	t.Run("EachHeap", func(t *testing.T) { eachHeap(t, a) })
	t.Run("IndexHeap", func(t *testing.T) { indexHeap(t, a) })
}

// allocations returns how many a call makes once its connections are set up.
func allocations(t *testing.T, call func() error) float64 {
	t.Helper()
	run := func() {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		run()
	}
	return testing.AllocsPerRun(500, run)
}
