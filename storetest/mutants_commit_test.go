package storetest

import (
	"bytes"
	"math"
	"sync"
	"time"
)

// onCommit lets f change what a Commit stores. old is the stored session; if keep is
// true, it stays. The store's lock is held.
func onCommit(f func(m *memory, old session, exists bool, s *session) (keep bool)) func(m *memory) {
	return on("Commit", func(m *memory, r request, _ handler) reply {
		m.edit(func(items map[string]session) {
			old, exists := items[r.token]
			s := session{bytes.Clone(r.data), r.expiry}
			if !f(m, old, exists, &s) {
				items[r.token] = s
			}
		})
		return reply{}
	})
}

var commitMutants = []mutant{
	bug("commit stores nothing", fails("Ctx/Commit/CancelledLater", "*/Commit/New", "*/Find/Committed", "*/All/Exactly", "Manager/FirstVisit"),
		onCommit(func(*memory, session, bool, *session) bool { return true })),
	bug("commit does not overwrite", fails("*/Commit/ExpiryLonger", "*/Commit/ExpiryShorter", "*/Commit/Overwrite*"),
		onCommit(func(_ *memory, _ session, exists bool, _ *session) bool { return exists })),
	bug("the tail of longer data stays", fails("*/All/AfterOverwrite", "*/Commit/OverwriteShorter", "*/Concurrent/Linearizable", "*/Concurrent/OneToken"),
		onCommit(func(_ *memory, old session, _ bool, s *session) bool {
			if len(old.data) > len(s.data) {
				s.data = append(s.data, old.data[len(s.data):]...)
			}
			return false
		})),
	bug("new data is cut at the length of the old", fails("*/Commit/OverwriteLonger", "Manager/FirstVisit"),
		onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if exists {
				s.data = s.data[:min(len(s.data), len(old.data))]
			}
			return false
		})),
	bug("nil leaves the old data, as a zero value in an update of an ORM", fails("*/Commit/NilData"),
		onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if exists && s.data == nil {
				s.data = old.data
			}
			return false
		})),
	bug("the store holds five sessions", fails("*/All/Many", "*/Commit/KeepsOthers", "*/Concurrent/DistinctTokens"), func(m *memory) {
		var order []string
		after("Commit", func(_ *memory, r request, a *reply) {
			m.edit(func(items map[string]session) {
				if order = append(order, r.token); len(order) > 5 {
					delete(items, order[0])
					order = order[1:]
				}
			})
		})(m)
	}),
	promises(bug("data is stored as text", fails("*/Commit/Binary", "*/Commit/Large", "Manager/*"),
		changesData(func(b []byte) []byte { return bytes.ToValidUTF8(b, []byte("\uFFFD")) }))),
	bug("data is cut at 64 KiB", fails("*/Commit/Large"), cutsData(math.MaxUint16)),
	bug("large data is refused and stored in part", fails("*/Commit/Large"), on("Commit", func(_ *memory, r request, next handler) reply {
		if len(r.data) <= math.MaxUint16 {
			return next(r)
		}
		r.data = r.data[:math.MaxUint16]
		next(r)
		return reply{err: errMutant}
	})),
	bug("commit writes behind the end of the slice", fails("*/Commit/InputNotModified"),
		changesData(func(b []byte) []byte { return append(b, "checksum"...)[:len(b)] })),
	bug("commit encrypts in place", fails("*/Commit/InputNotModified"), wrap(func(_ *memory, r request, next handler) reply {
		encrypt(r.data)
		a := next(r)
		encrypt(a.data)
		for _, b := range a.sessions {
			encrypt(b)
		}
		return a
	})),
	acrossStores("find looks into every store", fails("*/Commit/TwoStores", "Manager/TwoManagers"), "Find", func(other *memory, r request, a *reply) {
		if s, ok := other.get(r.token); ok && !a.found && s.expiry.After(time.Now()) {
			a.data, a.found = s.data, true
		}
	}),
}

// encrypt also decrypts.
func encrypt(b []byte) {
	for i := range b {
		b[i] ^= 0x5a
	}
}

// acrossStores returns a mutant whose method also calls f for every other store of the mutant.
func acrossStores(name string, fails []string, method string, f func(other *memory, r request, a *reply)) mutant {
	var mu sync.Mutex
	var all []*memory
	return bug(name, fails, func(m *memory) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, m)
		after(method, func(m *memory, r request, a *reply) {
			mu.Lock()
			defer mu.Unlock()
			for _, other := range all {
				if other != m {
					f(other, r, a)
				}
			}
		})(m)
	})
}
