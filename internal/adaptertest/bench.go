package adaptertest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Bare is what an application without the store would call: the client's own
// commands for Find and Commit on the key "scs:session:" + a token.
type Bare struct {
	Find   func(ctx context.Context, key string) ([]byte, error)
	Commit func(ctx context.Context, key string, b []byte, expiry time.Time) error
}

// pairs returns each operation of the store beside the bare call for it.
func pairs(tb testing.TB, s Store, bare Bare) map[string][2]func(context.Context) error {
	token, data, expiry := newToken(), bytes.Repeat([]byte("x"), 1024), time.Now().Add(time.Hour)
	key := prefix + token
	if err := s.Commit(token, data, expiry); err != nil {
		tb.Fatal(err)
	}
	return map[string][2]func(context.Context) error{
		"Find": {
			func(ctx context.Context) error { _, _, err := s.FindCtx(ctx, token); return err },
			func(ctx context.Context) error { _, err := bare.Find(ctx, key); return err },
		},
		"Commit": {
			func(ctx context.Context) error { return s.CommitCtx(ctx, token, data, expiry) },
			func(ctx context.Context) error { return bare.Commit(ctx, key, data, expiry) },
		},
	}
}

// Bench runs op, "Find" or "Commit", of the store and then of the bare client,
// on a server of its own.
func Bench(b *testing.B, op string, open func(testing.TB, *redistest.Server) (Store, Bare)) {
	s, bare := open(b, redistest.Start(b, redistest.Options{}))
	pair := pairs(b, s, bare)[op]
	for i, name := range []string{"store", "bare"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			ctx := b.Context()
			for b.Loop() {
				if err := pair[i](ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Allocations checks that Find and Commit make at most two allocations more
// than the bare call, with a context that ends, as a request's does, and with
// one that does not.
func Allocations(t *testing.T, open func(testing.TB, *redistest.Server) (Store, Bare)) {
	if race {
		t.Skip("the race detector makes pools forget, so that calls allocate more")
	}
	s, bare := open(t, redistest.Start(t, redistest.Options{}))
	for op, pair := range pairs(t, s, bare) {
		for name, ctx := range map[string]context.Context{"request": t.Context(), "background": context.Background()} {
			var allocs [2]float64
			for i, call := range pair {
				run := func() {
					if err := call(ctx); err != nil {
						t.Fatal(err)
					}
				}
				for range 200 { // until every connection is set up
					run()
				}
				allocs[i] = testing.AllocsPerRun(500, run)
			}
			t.Logf("%s, %s context: %v allocations, bare call %v", op, name, allocs[0], allocs[1])
			if allocs[0] > allocs[1]+2 {
				t.Errorf("%s, %s context: %v allocations; want at most 2 more than the bare call's %v", op, name, allocs[0], allocs[1])
			}
		}
	}
}

// AllocationsOf checks that call makes at most so many allocations.
func AllocationsOf(t *testing.T, most float64, call func()) {
	t.Helper()
	if race {
		t.Skip("the race detector makes pools forget, so that calls allocate more")
	}
	allocs := testing.AllocsPerRun(1000, call)
	t.Logf("%v allocations", allocs)
	if allocs > most {
		t.Errorf("%v allocations; want at most %v", allocs, most)
	}
}
