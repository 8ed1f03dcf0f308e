package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A request is one call of a store. Its method is Find, Commit, Delete or All, with
// a context or without.
type request struct {
	m      *memory
	method string
	ctx    context.Context
	token  string // the key in the backend
	name   string // the token that the caller gave to Commit
	data   []byte
	expiry time.Time
}

// as returns the request with another method.
func (r request) as(method string) request {
	r.method = method
	return r
}

// stored returns what is stored under the token, live or not.
func (r request) stored() (session, bool) { return r.m.get(r.token) }

// isNew reports whether the token has no session, not even an expired one.
func (r request) isNew() bool { _, exists := r.stored(); return !exists }

// A reply is what the call returns. The zero reply means success, and that nothing is found.
type reply struct {
	data     []byte
	found    bool
	sessions map[string][]byte
	err      error
}

type handler func(r request) reply

// A hook stands in for a handler. It makes the call with next.
type hook func(r request, next handler) reply

// A session is the result of a Commit. The last fields are for mutants.
type session struct {
	name   string
	data   []byte
	expiry time.Time

	ctx   context.Context
	by    *memory  // the process that has committed it
	old   *session // what it replaced, or nil
	finds int      // how often it was found
}

// A tombstone is the result of a Delete.
type tombstone struct {
	session // what was deleted, or the zero value
	by      *memory
	until   time.Time
}

// A backend holds the sessions that a memory and its peers share.
type backend struct {
	moved atomic.Int64 // a time.Duration

	mu    sync.Mutex
	items map[string]*session
	gone  map[string]tombstone
	final bool // keep the promise of FinalDelete: a deleted token is dead in all processes

	down    bool        // calls return errDown
	healed  atomic.Bool // the backend has broken and healed
	refused []request   // the calls that failed
	heal    func()      // called when the backend heals; mu is held

	// How Commit keeps a caller's slice, and how Find and All return it.
	copyIn, copyOut func([]byte) []byte

	cache sync.Map // of replies, for a mutant whose processes share it
}

func newBackend() *backend {
	return &backend{
		items: make(map[string]*session), gone: make(map[string]tombstone),
		copyIn: bytes.Clone, copyOut: bytes.Clone, heal: func() {},
	}
}

var errDown = errors.New("backend is down")

func (b *backend) handle(r request) reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.down:
		r.data = bytes.Clone(r.data)
		b.refused = append(b.refused, r)
		return reply{err: errDown}
	case b.final && r.method == "Commit" && b.live(b.gone[r.token].until):
		return reply{}
	}
	return b.do(r)
}

// do is handle, but ignores down and final. The caller holds b.mu.
func (b *backend) do(r request) reply {
	s := b.items[r.token]
	switch r.method {
	case "Find":
		if s != nil && b.live(s.expiry) {
			s.finds++
			return reply{data: b.copyOut(s.data), found: true}
		}
	case "Commit":
		if s != nil {
			s.old = nil
		}
		b.items[r.token] = &session{name: r.name, data: b.copyIn(r.data), expiry: r.expiry, ctx: r.ctx, by: r.m, old: s}
	case "Delete":
		stone := tombstone{by: r.m, until: b.now().Add(5 * time.Minute)}
		if s != nil {
			stone.session = *s
		}
		b.gone[r.token] = stone
		delete(b.items, r.token)
	case "All":
		all := make(map[string][]byte, len(b.items))
		for _, s := range b.items {
			if b.live(s.expiry) {
				all[s.name] = b.copyOut(s.data)
			}
		}
		return reply{sessions: all}
	}
	return reply{}
}

// now is the store's own time.
func (b *backend) now() time.Time { return time.Now().Add(time.Duration(b.moved.Load())) }

// live reports whether an expiry has not come.
func (b *backend) live(expiry time.Time) bool { return b.now().Before(expiry) }

// edit lets f read and change what is stored.
func (b *backend) edit(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// apply does a call even if the backend is down or the token is dead.
func (b *backend) apply(r request) (a reply) {
	b.edit(func() { a = b.do(r) })
	return a
}

// get returns what is stored under a token, live or not.
func (b *backend) get(token string) (s session, exists bool) {
	b.edit(func() {
		if p := b.items[token]; p != nil {
			s, exists = *p, true
		}
	})
	return s, exists
}

// dead reports whether a token has a tombstone.
func (b *backend) dead(token string) (dead bool) {
	b.edit(func() { dead = b.live(b.gone[token].until) })
	return dead
}

// broken reports whether calls fail.
func (b *backend) broken() (down bool) {
	b.edit(func() { down = b.down })
	return down
}

// A memory is a correct store. All of its methods call one handler. A mutant puts another
// handler around it.
type memory struct {
	*backend
	handle handler
	ms     *memories // which has opened it, or nil
}

func newMemory(b *backend) *memory { return &memory{backend: b, handle: b.handle} }

// wrap returns a bug that replaces every call by f, which makes the call with next.
func wrap(f hook) func(m *memory) {
	return func(m *memory) {
		next := m.handle
		m.handle = func(r request) reply { return f(r, next) }
	}
}

// on replaces the calls of one method by f.
func on(method string, f hook) func(m *memory) {
	return wrap(func(r request, next handler) reply {
		if r.method == method {
			return f(r, next)
		}
		return next(r)
	})
}

func returnsNothing(request, handler) reply { return reply{} }

func deletesAndFails(r request, next handler) reply {
	next(r.as("Delete"))
	return reply{err: errors.Join(errMutant, r.ctx.Err())}
}

func (m *memory) on(method string, f hook) { on(method, f)(m) }

// after lets f read and change what a method returns.
func after(method string, f func(r request, a *reply)) func(m *memory) {
	return on(method, func(r request, next handler) reply {
		a := next(r)
		f(r, &a)
		return a
	})
}

// before calls f before every call. If f returns an error, the call returns it and does
// nothing.
func before(f func(r request) error) func(m *memory) {
	return wrap(func(r request, next handler) reply {
		if err := f(r); err != nil {
			return reply{err: err}
		}
		return next(r)
	})
}

// failsIf makes methods return an error if f returns true.
func failsIf(f func(r request) bool, methods ...string) func(m *memory) {
	return before(func(r request) error {
		if slices.Contains(methods, r.method) && f(r) {
			return errMutant
		}
		return nil
	})
}

// onStored lets f read and change the stored session, if there is one, before a method
// is called.
func onStored(method string, f func(r request, s *session)) func(m *memory) {
	return on(method, func(r request, next handler) reply {
		r.m.edit(func() {
			if s := r.m.items[r.token]; s != nil {
				f(r, s)
			}
		})
		return next(r)
	})
}

// both returns a bug that is two.
func both(one, other func(m *memory)) func(m *memory) {
	return func(m *memory) {
		one(m)
		other(m)
	}
}

var bg = context.Background()

func (m *memory) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	a := m.handle(request{m: m, method: "Find", ctx: ctx, token: token})
	return a.data, a.found, a.err
}

func (m *memory) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return m.handle(request{m, "Commit", ctx, token, token, b, expiry}).err
}

func (m *memory) DeleteCtx(ctx context.Context, token string) error {
	return m.handle(request{m: m, method: "Delete", ctx: ctx, token: token}).err
}

func (m *memory) AllCtx(ctx context.Context) (map[string][]byte, error) {
	a := m.handle(request{m: m, method: "All", ctx: ctx})
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
