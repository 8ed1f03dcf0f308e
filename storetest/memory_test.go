package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A request is one call of a store. Its method is Find, Commit, Delete or All, with
// a context or without.
type request struct {
	method string
	ctx    context.Context
	token  string
	data   []byte
	expiry time.Time
}

// as returns the request with another method.
func (r request) as(method string) request {
	r.method = method
	return r
}

// A reply is what the call returns. The zero reply means success, and that nothing is found.
type reply struct {
	data     []byte
	found    bool
	sessions map[string][]byte
	err      error
}

type handler func(r request) reply

type session struct {
	data   []byte
	expiry time.Time
}

// A backend holds the sessions that a memory and its peers share.
type backend struct {
	mu    sync.Mutex
	items map[string]session
	gone  map[string]time.Time // when each tombstone of deletesForGood expires
	moved time.Duration
	down  error // the error of every call, or nil

	// How Commit keeps a caller's slice, and how Find and All return it.
	copyIn, copyOut func([]byte) []byte
}

func newBackend() *backend {
	return &backend{
		items: make(map[string]session), gone: make(map[string]time.Time),
		copyIn: bytes.Clone, copyOut: bytes.Clone,
	}
}

func (b *backend) handle(r request) reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return reply{err: b.down}
	}
	return b.do(r)
}

// do is handle, but ignores down. The caller holds b.mu.
func (b *backend) do(r request) reply {
	switch r.method {
	case "Find":
		if s, ok := b.items[r.token]; ok && b.live(s) {
			return reply{data: b.copyOut(s.data), found: true}
		}
	case "Commit":
		b.items[r.token] = session{b.copyIn(r.data), r.expiry}
	case "Delete":
		delete(b.items, r.token)
	case "All":
		all := make(map[string][]byte, len(b.items))
		now := b.now()
		for token, s := range b.items {
			if now.Before(s.expiry) {
				all[token] = b.copyOut(s.data)
			}
		}
		return reply{sessions: all}
	}
	return reply{}
}

// apply does a write even if the backend is down.
func (b *backend) apply(w request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.do(w)
}

// now is the store's own time. The caller holds b.mu.
func (b *backend) now() time.Time { return time.Now().Add(b.moved) }

// live reports whether a session has not expired. The caller holds b.mu.
func (b *backend) live(s session) bool { return b.now().Before(s.expiry) }

// get returns what is stored under a token, live or not.
func (b *backend) get(token string) (session, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.items[token]
	return s, ok
}

// expired is the opposite of live. It locks b.mu itself.
func (b *backend) expired(s session) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.live(s)
}

// edit lets f change the stored sessions.
func (b *backend) edit(f func(items map[string]session)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b.items)
}

func (b *backend) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moved += d
}

var errDown = errors.New("backend is down")

func (b *backend) setDown(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = err
}

// broken reports whether calls fail.
func (b *backend) broken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.down != nil
}

// memory is a correct store. All of its methods call one handler. A mutant puts another
// handler around it.
type memory struct {
	*backend
	handle handler
}

func newMemory() *memory { return newMemoryOver(newBackend()) }

func newMemoryOver(b *backend) *memory { return &memory{b, b.handle} }

// wrap replaces every call by f, which makes the call with next.
func (m *memory) wrap(f func(r request, next handler) reply) {
	next := m.handle
	m.handle = func(r request) reply { return f(r, next) }
}

// on replaces the calls of one method by f.
func (m *memory) on(method string, f func(r request, next handler) reply) {
	m.wrap(func(r request, next handler) reply {
		if r.method == method {
			return f(r, next)
		}
		return next(r)
	})
}

// wrap and on return bugs that keep no state.
func wrap(f func(m *memory, r request, next handler) reply) func(m *memory) {
	return func(m *memory) {
		m.wrap(func(r request, next handler) reply { return f(m, r, next) })
	}
}

func on(method string, f func(m *memory, r request, next handler) reply) func(m *memory) {
	return func(m *memory) {
		m.on(method, func(r request, next handler) reply { return f(m, r, next) })
	}
}

// after lets f read and change what a method returns.
func after(method string, f func(m *memory, r request, a *reply)) func(m *memory) {
	return on(method, func(m *memory, r request, next handler) reply {
		a := next(r)
		f(m, r, &a)
		return a
	})
}

// failsIf makes a method return err if f returns true.
func failsIf(method string, err error, f func(m *memory, r request) bool) func(m *memory) {
	return on(method, func(m *memory, r request, next handler) reply {
		if f(m, r) {
			return reply{err: err}
		}
		return next(r)
	})
}

// changesData changes what is committed.
func changesData(f func(b []byte) []byte) func(m *memory) {
	return on("Commit", func(_ *memory, r request, next handler) reply {
		r.data = f(r.data)
		return next(r)
	})
}

func cutsData(most int) func(m *memory) {
	return changesData(func(b []byte) []byte { return b[:min(len(b), most)] })
}

// before calls f before every call. If f returns an error, the call returns it and does
// nothing.
func before(f func(r request) error) func(m *memory) {
	return wrap(func(_ *memory, r request, next handler) reply {
		if err := f(r); err != nil {
			return reply{err: err}
		}
		return next(r)
	})
}

// plainCall marks the context that stands for the one a call does not have.
const plainCall = contextLabel("plain")

type contextLabel string

var bg = context.WithValue(context.Background(), plainCall, true)

func (m *memory) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	a := m.handle(request{method: "Find", ctx: ctx, token: token})
	return a.data, a.found, a.err
}

func (m *memory) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return m.handle(request{"Commit", ctx, token, b, expiry}).err
}

func (m *memory) DeleteCtx(ctx context.Context, token string) error {
	return m.handle(request{method: "Delete", ctx: ctx, token: token}).err
}

func (m *memory) AllCtx(ctx context.Context) (map[string][]byte, error) {
	a := m.handle(request{method: "All", ctx: ctx})
	return a.sessions, a.err
}

func (m *memory) Find(token string) ([]byte, bool, error) { return m.FindCtx(bg, token) }
func (m *memory) Commit(token string, b []byte, expiry time.Time) error {
	return m.CommitCtx(bg, token, b, expiry)
}
func (m *memory) Delete(token string) error       { return m.DeleteCtx(bg, token) }
func (m *memory) All() (map[string][]byte, error) { return m.AllCtx(bg) }

var (
	_ scs.CtxStore         = (*memory)(nil)
	_ scs.IterableStore    = (*memory)(nil)
	_ scs.IterableCtxStore = (*memory)(nil)
)

// A table is a map that goroutines may share. Mutants keep their state in it.
type table[V any] struct {
	mu sync.Mutex
	m  map[string]V
}

func (t *table[V]) edit(f func(m map[string]V)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil {
		t.m = make(map[string]V)
	}
	f(t.m)
}

func (t *table[V]) get(key string) (v V, ok bool) {
	t.edit(func(m map[string]V) { v, ok = m[key] })
	return v, ok
}

// has reports whether there is a value under a key.
func (t *table[V]) has(key string) bool { _, ok := t.get(key); return ok }

func (t *table[V]) set(key string, v V) { t.edit(func(m map[string]V) { m[key] = v }) }

// take removes a value and returns it.
func (t *table[V]) take(key string) (v V, ok bool) {
	t.edit(func(m map[string]V) {
		v, ok = m[key]
		delete(m, key)
	})
	return v, ok
}
