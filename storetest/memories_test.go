package storetest

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// memories makes stores for a suite. It remembers the memory of each store, to move its
// clock: a store may be a type around the memory.
type memories struct {
	mutant
	mu     sync.Mutex
	behind map[scs.Store]*memory
	shared *backend // of the stores with prefixes
}

func (mu mutant) memories() *memories {
	if mu.prefixing == nil {
		mu.prefixing = &quotedPrefix
	}
	return &memories{mutant: mu, behind: make(map[scs.Store]*memory), shared: newBackend()}
}

func (ms *memories) open(testing.TB) scs.Store { return ms.over(newBackend()) }

// over returns a new store over a backend.
func (ms *memories) over(b *backend) scs.Store {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := newMemory(b)
	m.ms = ms
	s := ms.store(m)
	ms.behind[s] = m
	return s
}

// all returns the memories of all stores.
func (ms *memories) all() []*memory {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return slices.Collect(maps.Values(ms.behind))
}

func (ms *memories) backend(s scs.Store) *backend {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return ms.behind[s].backend
}

func (ms *memories) advance(_ testing.TB, s scs.Store, d time.Duration) {
	ms.backend(s).moved.Add(int64(d))
}

// peer opens a second store, of the same kind, over the backend of the first.
func (ms *memories) peer(_ testing.TB, s scs.Store) scs.Store { return ms.over(ms.backend(s)) }

// withPrefix opens a store with a prefix. All these stores have one backend.
func (ms *memories) withPrefix(_ testing.TB, prefix string) scs.Store {
	m := newMemory(ms.shared)
	deletesForGood(m)
	wrap(func(r request, next handler) reply {
		r.token = ms.prefixing.key(prefix, r.token)
		r.name = r.token // so All returns the keys
		a := next(r)
		sessions := make(map[string][]byte)
		for key, b := range a.sessions {
			if token, ok := ms.prefixing.own(prefix, key); ok {
				sessions[token] = b
			}
		}
		a.sessions = sessions
		return a
	})(m)
	return m
}

// reopen returns a new store over the sessions of the first.
func (ms *memories) reopen(tb testing.TB, s scs.Store) scs.Store {
	if b := ms.backend(s); ms.reopened != nil {
		b.edit(func() { ms.reopened(b) })
	}
	return ms.peer(tb, s)
}

// fault makes every call return an error.
func (ms *memories) fault(_ testing.TB, s scs.Store) (heal func()) {
	b := ms.backend(s)
	b.edit(func() { b.down = true })
	return func() {
		b.edit(func() {
			b.down = false
			b.healed.Store(true)
			b.heal()
		})
	}
}

// options returns the options that all these stores have, and Advance if it is wanted.
func (ms *memories) options(advance bool) []Option {
	opts := append([]Option{Peer(ms.peer), Prefix(ms.withPrefix), Reopen(ms.reopen), Fault(ms.fault)}, ms.opts...)
	if advance {
		opts = append(opts, Advance(ms.advance))
	}
	return opts
}
