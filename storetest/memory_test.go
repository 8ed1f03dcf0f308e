package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

type session struct {
	data   []byte
	expiry time.Time
}

// backend is what a memory and its peers share.
type backend struct {
	mu    sync.Mutex
	items map[string]session
	gone  map[string]time.Time // with deletesForGood: when a tombstone expires
	moved time.Duration
	down  error // what every call returns, if not nil
}

// memory is a correct store. Its methods call its function fields, so that a
// mutant is one field changed.
type memory struct {
	*backend

	find   func(ctx context.Context, token string) ([]byte, bool, error)
	commit func(ctx context.Context, token string, b []byte, expiry time.Time) error
	delete func(ctx context.Context, token string) error
	all    func(ctx context.Context) (map[string][]byte, error)
}

func newMemory() *memory {
	return newMemoryOver(&backend{items: make(map[string]session), gone: make(map[string]time.Time)})
}

func newMemoryOver(b *backend) *memory {
	m := &memory{backend: b}
	m.find = func(_ context.Context, token string) ([]byte, bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		b, found, err := m.lookUp(token)
		return bytes.Clone(b), found, err
	}
	m.commit = func(_ context.Context, token string, b []byte, expiry time.Time) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.down != nil {
			return m.down
		}
		m.items[token] = session{bytes.Clone(b), expiry}
		return nil
	}
	m.delete = func(_ context.Context, token string) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.down != nil {
			return m.down
		}
		delete(m.items, token)
		return nil
	}
	m.all = func(context.Context) (map[string][]byte, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.down != nil {
			return nil, m.down
		}
		all := make(map[string][]byte)
		for token, s := range m.items {
			if m.live(s) {
				all[token] = bytes.Clone(s.data)
			}
		}
		return all, nil
	}
	return m
}

// lookUp is Find without a copy. The caller holds m.mu.
func (m *memory) lookUp(token string) ([]byte, bool, error) {
	if m.down != nil {
		return nil, false, m.down
	}
	s, ok := m.items[token]
	if !ok || !m.live(s) {
		return nil, false, nil
	}
	return s.data, true, nil
}

// findsUncopied makes a store return the bytes that it keeps.
func findsUncopied(m *memory) {
	m.find = func(_ context.Context, token string) ([]byte, bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.lookUp(token)
	}
}

// now is the store's own time. The caller holds m.mu.
func (m *memory) now() time.Time { return time.Now().Add(m.moved) }

func (m *memory) live(s session) bool { return m.now().Before(s.expiry) }

// get returns what is stored under a token, live or not.
func (m *memory) get(token string) (session, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.items[token]
	return s, ok
}

func (m *memory) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved += d
}

// before calls f before every call; if that returns an error, the call does too, and
// does nothing. The methods are named Find, Commit, Delete and All.
func before(f func(ctx context.Context, method, token string) error) func(m *memory) {
	return func(m *memory) {
		find, commit, del, all := m.find, m.commit, m.delete, m.all
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
			if err := f(ctx, "Find", token); err != nil {
				return nil, false, err
			}
			return find(ctx, token)
		}
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if err := f(ctx, "Commit", token); err != nil {
				return err
			}
			return commit(ctx, token, b, expiry)
		}
		m.delete = func(ctx context.Context, token string) error {
			if err := f(ctx, "Delete", token); err != nil {
				return err
			}
			return del(ctx, token)
		}
		m.all = func(ctx context.Context) (map[string][]byte, error) {
			if err := f(ctx, "All", ""); err != nil {
				return nil, err
			}
			return all(ctx)
		}
	}
}

// plainCall is a value in the context of a call without one.
const plainCall = contextLabel("plain")

type contextLabel string

var bg = context.WithValue(context.Background(), plainCall, true)

func (m *memory) Find(token string) ([]byte, bool, error)          { return m.find(bg, token) }
func (m *memory) Commit(token string, b []byte, e time.Time) error { return m.commit(bg, token, b, e) }
func (m *memory) Delete(token string) error                        { return m.delete(bg, token) }
func (m *memory) All() (map[string][]byte, error)                  { return m.all(bg) }

func (m *memory) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return m.find(ctx, token)
}

func (m *memory) CommitCtx(ctx context.Context, token string, b []byte, e time.Time) error {
	return m.commit(ctx, token, b, e)
}

func (m *memory) DeleteCtx(ctx context.Context, token string) error { return m.delete(ctx, token) }

func (m *memory) AllCtx(ctx context.Context) (map[string][]byte, error) { return m.all(ctx) }

var (
	_ scs.CtxStore         = (*memory)(nil)
	_ scs.IterableStore    = (*memory)(nil)
	_ scs.IterableCtxStore = (*memory)(nil)
)

// memories makes stores for a suite, and remembers which memory is behind each,
// to move its clock. A store may be a type around the memory.
type memories struct {
	change    func(m *memory) scs.Store
	prefixing prefixing
	closes    func(b *backend) // nil: it does nothing
	opts      []Option

	mu     sync.Mutex
	behind map[scs.Store]*memory
	shared backend // of the stores with prefixes
}

// stores returns a newStore and the Advance for its stores; change turns a memory
// into the store to test.
func stores(change func(m *memory) scs.Store) (func(testing.TB) scs.Store, Option) {
	ms := newMemories(change)
	return ms.open, Advance(ms.advance)
}

func newMemories(change func(m *memory) scs.Store) *memories {
	ms := &memories{change: change, prefixing: quotedPrefix, behind: make(map[scs.Store]*memory)}
	ms.shared.items, ms.shared.gone = make(map[string]session), make(map[string]time.Time)
	return ms
}

func (ms *memories) open(testing.TB) scs.Store {
	m := newMemory()
	s := ms.change(m)
	ms.mu.Lock()
	defer ms.mu.Unlock()
	ms.behind[s] = m
	return s
}

func (ms *memories) advance(_ testing.TB, s scs.Store, d time.Duration) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	ms.behind[s].advance(d)
}

// peer opens a second store over the backend of the first, made the same way.
func (ms *memories) peer(_ testing.TB, s scs.Store) scs.Store {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := newMemoryOver(ms.behind[s].backend)
	peer := ms.change(m)
	ms.behind[peer] = m
	return peer
}

// withPrefix opens a correct store with a prefix, over one backend for all of them.
func (ms *memories) withPrefix(_ testing.TB, prefix string) scs.Store {
	m := newMemoryOver(&ms.shared)
	deletesForGood(m)
	key := func(token string) string { return ms.prefixing.key(prefix, token) }
	find, commit, del, all := m.find, m.commit, m.delete, m.all
	m.find = func(ctx context.Context, token string) ([]byte, bool, error) { return find(ctx, key(token)) }
	m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
		return commit(ctx, key(token), b, expiry)
	}
	m.delete = func(ctx context.Context, token string) error { return del(ctx, key(token)) }
	m.all = func(ctx context.Context) (map[string][]byte, error) {
		keys, err := all(ctx)
		sessions := make(map[string][]byte)
		for k, b := range keys {
			if token, ok := ms.prefixing.own(prefix, k); ok {
				sessions[token] = b
			}
		}
		return sessions, err
	}
	return m
}

// reopen makes a store over what is left when the first is closed.
func (ms *memories) reopen(tb testing.TB, s scs.Store) scs.Store {
	again := ms.peer(tb, s)
	if ms.closes != nil {
		ms.mu.Lock()
		b := ms.behind[again].backend
		ms.mu.Unlock()
		b.mu.Lock()
		defer b.mu.Unlock()
		ms.closes(b)
	}
	return again
}

// options returns what a store may have beside Advance.
func (ms *memories) options() []Option {
	return append([]Option{Peer(ms.peer), Prefix(ms.withPrefix), Reopen(ms.reopen), Fault(ms.fault)}, ms.opts...)
}

var errDown = errors.New("backend is down")

// fault makes every call an error.
func (ms *memories) fault(_ testing.TB, s scs.Store) (heal func()) {
	ms.mu.Lock()
	b := ms.behind[s].backend
	ms.mu.Unlock()
	b.setDown(errDown)
	return func() { b.setDown(nil) }
}

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
