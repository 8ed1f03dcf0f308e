package storetest

import (
	"bytes"
	"errors"
	"math"
	"sync"
	"time"
)

// onCommit changes what a commit stores, given what is stored already; keep means
// to leave that as it is. The store's own lock is held.
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
		on("Commit", func(_ *memory, r request, next handler) reply {
			r.data = bytes.ToValidUTF8(r.data, []byte("\uFFFD"))
			return next(r)
		}))),
	bug("data is cut at 64 KiB", fails("*/Commit/Large"), on("Commit", func(_ *memory, r request, next handler) reply {
		r.data = r.data[:min(len(r.data), math.MaxUint16)]
		return next(r)
	})),
	bug("large data is refused and stored in part", fails("*/Commit/Large"), on("Commit", func(_ *memory, r request, next handler) reply {
		if len(r.data) <= math.MaxUint16 {
			return next(r)
		}
		r.data = r.data[:math.MaxUint16]
		next(r)
		return reply{err: errors.New("mutant: too large")}
	})),
	bug("commit writes behind the end of the slice", fails("*/Commit/InputNotModified"),
		on("Commit", func(_ *memory, r request, next handler) reply {
			_ = append(r.data, "checksum"...)
			return next(r)
		})),
	bug("commit encrypts in place", fails("*/Commit/InputNotModified"), wrap(func(_ *memory, r request, next handler) reply {
		encrypt(r.data)
		a := next(r)
		encrypt(a.data)
		for _, b := range a.sessions {
			encrypt(b)
		}
		return a
	})),
	oneKeyspace(),
}

// encrypt is also decrypt.
func encrypt(b []byte) {
	for i := range b {
		b[i] ^= 0x5a
	}
}

// oneKeyspace is a mutant whose stores all find what any of them has stored,
// though All lists only their own.
func oneKeyspace() mutant {
	var others siblings
	return mutant{
		name:  "find looks into every store",
		fails: []string{"*/Commit/TwoStores", "Manager/TwoManagers"},
		bug: func(m *memory) {
			others.add(m)
			m.on("Find", func(r request, next handler) reply {
				a := next(r)
				for _, other := range others.of(m, r.token) {
					if s, ok := other.get(r.token); ok && !a.found && s.expiry.After(time.Now()) {
						return reply{data: s.data, found: true}
					}
				}
				return a
			})
		},
	}
}

// siblings are all stores of a mutant.
type siblings struct {
	mu  sync.Mutex
	all []*memory
}

func (s *siblings) add(m *memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, m)
}

// of returns the siblings of a store that a bug may reach for a token. Other checks run
// at the same time, and use the same malformed tokens: those stay out of it.
func (s *siblings) of(m *memory, token string) (others []*memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.all {
		if other != m && len(token) == 43 {
			others = append(others, other)
		}
	}
	return others
}
