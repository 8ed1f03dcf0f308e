package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// memories makes stores for a suite. It remembers the memory of each store, to move its
// clock: a store may be a type around the memory.
type memories struct {
	change    func(m *memory) scs.Store
	prefixing prefixing
	reopened  func(expiry time.Time) time.Time // nil: the expiry stays
	opts      []Option

	mu     sync.Mutex
	behind map[scs.Store]*memory
	shared *backend // of the stores with prefixes
}

// stores returns a newStore and its Advance. change turns a memory into the store to
// test.
func stores(change func(m *memory) scs.Store) (func(testing.TB) scs.Store, Option) {
	ms := newMemories(change)
	return ms.open, Advance(ms.advance)
}

func ordinary() (func(testing.TB) scs.Store, Option) {
	return stores(func(m *memory) scs.Store { return m })
}

func newMemories(change func(m *memory) scs.Store) *memories {
	return &memories{change: change, prefixing: quotedPrefix, behind: make(map[scs.Store]*memory), shared: newBackend()}
}

func (ms *memories) open(testing.TB) scs.Store { return ms.over(newBackend()) }

// over returns a new store over a backend.
func (ms *memories) over(b *backend) scs.Store {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := newMemoryOver(b)
	s := ms.change(m)
	ms.behind[s] = m
	return s
}

func (ms *memories) backend(s scs.Store) *backend {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return ms.behind[s].backend
}

func (ms *memories) advance(_ testing.TB, s scs.Store, d time.Duration) { ms.backend(s).advance(d) }

// peer opens a second store, of the same kind, over the backend of the first.
func (ms *memories) peer(_ testing.TB, s scs.Store) scs.Store { return ms.over(ms.backend(s)) }

// withPrefix opens a store with a prefix. All these stores have one backend.
func (ms *memories) withPrefix(_ testing.TB, prefix string) scs.Store {
	m := newMemoryOver(ms.shared)
	deletesForGood(m)
	m.wrap(func(r request, next handler) reply {
		r.token = ms.prefixing.key(prefix, r.token)
		a := next(r)
		sessions := make(map[string][]byte)
		for key, b := range a.sessions {
			if token, ok := ms.prefixing.own(prefix, key); ok {
				sessions[token] = b
			}
		}
		a.sessions = sessions
		return a
	})
	return m
}

// reopen returns a new store over the sessions of the first.
func (ms *memories) reopen(tb testing.TB, s scs.Store) scs.Store {
	if ms.reopened != nil {
		ms.backend(s).edit(func(items map[string]session) {
			for token, s := range items {
				items[token] = session{s.data, ms.reopened(s.expiry)}
			}
		})
	}
	return ms.peer(tb, s)
}

// fault makes every call return an error.
func (ms *memories) fault(_ testing.TB, s scs.Store) (heal func()) {
	b := ms.backend(s)
	b.setDown(errDown)
	return func() { b.setDown(nil) }
}

// options returns all options but Advance.
func (ms *memories) options() []Option {
	return append([]Option{Peer(ms.peer), Prefix(ms.withPrefix), Reopen(ms.reopen), Fault(ms.fault)}, ms.opts...)
}
