package storetest

import (
	"bytes"
	"math"
)

// drops makes Commit store nothing if f returns true. f may change the new session; old is
// nil if there was none. The store's lock is held.
func drops(f func(m *memory, old, s *session) bool) func(m *memory) {
	return on("Commit", func(r request, _ handler) reply {
		r.m.edit(func() {
			old := r.m.items[r.token]
			s := &session{name: r.name, data: bytes.Clone(r.data), expiry: r.expiry}
			if !f(r.m, old, s) {
				r.m.items[r.token] = s
			}
		})
		return reply{}
	})
}

// changes lets f change what Commit stores, as drops does.
func changes(f func(m *memory, old, s *session)) func(m *memory) {
	return drops(func(m *memory, old, s *session) bool { f(m, old, s); return false })
}

// changesData changes what is committed.
func changesData(f func(b []byte) []byte) func(m *memory) {
	return on("Commit", func(r request, next handler) reply {
		r.data = f(r.data)
		return next(r)
	})
}

func cutsData(most int) func(m *memory) {
	return changesData(func(b []byte) []byte { return b[:min(len(b), most)] })
}

var commitMutants = []mutant{
	bug("commit stores nothing", fails("Ctx/Commit/CancelledLater", "*/Commit/New", "*/Find/Committed", "*/All/Exactly", "Manager/FirstVisit"),
		drops(func(_ *memory, _, _ *session) bool { return true })),
	bug("commit does not overwrite", fails("*/Commit/ExpiryLonger", "*/Commit/ExpiryShorter", "*/Commit/Overwrite*"),
		drops(func(_ *memory, old, _ *session) bool { return old != nil })),
	bug("the tail of longer data stays", fails("*/All/AfterOverwrite", "*/Commit/OverwriteShorter", "*/Concurrent/Linearizable", "*/Concurrent/OneToken"),
		changes(func(_ *memory, old, s *session) {
			if old != nil && len(old.data) > len(s.data) {
				s.data = append(s.data, old.data[len(s.data):]...)
			}
		})),
	bug("new data is cut at the length of the old", fails("*/Commit/OverwriteLonger", "Manager/FirstVisit"),
		changes(func(_ *memory, old, s *session) {
			if old != nil {
				s.data = s.data[:min(len(s.data), len(old.data))]
			}
		})),
	bug("nil leaves the old data, as a zero value in an update of an ORM", fails("*/Commit/NilData"),
		changes(func(_ *memory, old, s *session) {
			if old != nil && s.data == nil {
				s.data = old.data
			}
		})),
	bug("the store holds five sessions", fails("*/All/Many", "*/Commit/KeepsOthers", "*/Concurrent/DistinctTokens"),
		changes(func(m *memory, _, _ *session) {
			for token := range m.items {
				if len(m.items) >= 5 {
					delete(m.items, token)
				}
			}
		})),
	promises(bug("data is stored as text", fails("*/Commit/Binary", "*/Commit/Large", "Manager/*"),
		changesData(func(b []byte) []byte { return bytes.ToValidUTF8(b, []byte("\uFFFD")) }))),
	bug("data is cut at 64 KiB", fails("*/Commit/Large"), cutsData(math.MaxUint16)),
	bug("large data is refused and stored in part", fails("*/Commit/Large"),
		both(cutsData(math.MaxUint16), after("Commit", func(r request, a *reply) {
			if len(r.data) > math.MaxUint16 {
				a.err = errMutant
			}
		}))),
	bug("commit writes behind the end of the slice", fails("*/Commit/InputNotModified"),
		changesData(func(b []byte) []byte { return append(b, "checksum"...)[:len(b)] })),
	bug("commit wipes the bytes that it has stored", fails("*/Commit/InputNotModified"),
		after("Commit", func(r request, _ *reply) { clear(r.data) })),
	bug("find looks into every store", fails("*/Commit/TwoStores", "Manager/TwoManagers"),
		acrossStores("Find", func(other *memory, r request, a *reply) {
			if !a.found {
				*a = other.apply(r)
			}
		})),
}
