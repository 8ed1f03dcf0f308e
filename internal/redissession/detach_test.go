package redissession

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestDetach: what runs to its end has the values of the caller's context, in
// which tracing hooks of clients find their span, and nothing that ends it.
func TestDetach(t *testing.T) {
	type name struct{}
	parent, cancel := context.WithTimeout(context.WithValue(ctx, name{}, "span"), time.Hour)
	cancel()
	for _, token := range []string{"t", token, strings.Repeat("t", keyRoom), strings.Repeat("long", 1000)} {
		s, _ := newStore()
		got, key := s.detach(parent, token)
		if _, ends := got.Deadline(); ends || got.Done() != nil || got.Err() != nil || got.Value(name{}) != "span" {
			t.Errorf("detach: deadline %v, done %v, error %v, value %v; want none, none, none, span", ends, got.Done(), got.Err(), got.Value(name{}))
		}
		if want := s.keys.key(token); key != want {
			t.Errorf("detach: key %q; want %q", key, want)
		}
		child, cancel := context.WithCancel(got)
		if child.Err() != nil {
			t.Errorf("a context made of the detached one: %v; want it not to have ended", child.Err())
		}
		cancel()
	}
}

// taker is a Client to which anything can be stored. What it keeps, as a client
// does, is allocated.
type taker struct {
	Client
	ctx context.Context
	key string
}

func (c *taker) Set(ctx context.Context, key string, _ []byte, _ int64) error {
	c.ctx, c.key = ctx, key
	return nil
}

func (c *taker) Del(ctx context.Context, key string) error {
	c.ctx, c.key = ctx, key
	return nil
}

// TestAllocations: the key is all that Commit and Delete allocate, with a
// context that ends, as a request's does, and with one that does not.
func TestAllocations(t *testing.T) {
	request, cancel := context.WithCancel(ctx)
	defer cancel()
	s := New("fakestore", new(taker), DefaultPrefix)
	data, expiry := []byte("data"), inAnHour()
	for op, call := range map[string]func(context.Context) error{
		"Commit": func(ctx context.Context) error { return s.Commit(ctx, token, data, expiry) },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, token) },
	} {
		for name, ctx := range map[string]context.Context{"request": request, "background": ctx} {
			allocs := testing.AllocsPerRun(100, func() {
				if err := call(ctx); err != nil {
					t.Error(err)
				}
			})
			if allocs > 1 {
				t.Errorf("%s, %s context: %v allocations; want 1", op, name, allocs)
			}
		}
	}
}
