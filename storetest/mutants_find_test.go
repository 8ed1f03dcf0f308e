package storetest

import (
	"time"
)

var findMutants = []mutant{
	bug("a session that is not found is an error", fails("*/Find/Missing", "*/Delete/Existing", "Manager/GarbageCookies"),
		after("Find", func(_ *memory, r request, a *reply) {
			if !a.found {
				a.err = errMutant
			}
		})),
	bug("find fails on an empty store", fails("*/Find/Missing"),
		failsIf("Find", errMutant, func(m *memory, r request) bool { return len(m.backend.handle(r.as("All")).sessions) == 0 })),
	bug("find panics on the empty token", fails("*/Commit/TokenBytes", "*/Find/Malformed"),
		on("Find", func(_ *memory, r request, next handler) reply {
			_ = r.token[0]
			return next(r)
		})),
	bug("find returns the data of another session", fails("*/Find/Committed", "*/Commit/KeepsOthers", "*/Commit/SimilarTokens"),
		on("Find", func(m *memory, r request, next handler) reply {
			a := next(r)
			for other, b := range next(r.as("All")).sessions {
				if a.found && other != r.token {
					a.data = b
				}
			}
			return a
		})),
	bug("data is cut at 255 bytes", fails("*/Find/Committed", "*/Commit/Binary"), cutsData(255)),
	bug("a session can be found twice only", fails("Ctx/Find/Cancelled", "*/Find/Repeatable"), func(m *memory) {
		var finds table[int]
		m.on("Find", func(r request, next handler) reply {
			finds.edit(func(n map[string]int) { n[r.token]++ })
			if n, _ := finds.get(r.token); n > 2 && string(next(r).data) == "abc" {
				return reply{}
			}
			return next(r)
		})
	}),
	bug("find does not look at the expiry", fails("*/Find/Expired", "*/Commit/ExpiryShorter"),
		on("Find", func(m *memory, r request, _ handler) reply {
			s, ok := m.get(r.token)
			return reply{data: s.data, found: ok}
		})),
	bug("find prolongs the session", fails("*/Commit/SubSecond", "*/Find/NotProlonged"),
		after("Find", func(m *memory, r request, a *reply) {
			m.edit(func(items map[string]session) {
				if s, ok := items[r.token]; ok && a.found {
					items[r.token] = session{s.data, s.expiry.Add(2 * time.Hour)}
				}
			})
		})),
	bug("finding an expired session clears the store", fails("*/Find/KeepsOthers", "Manager/IdleTimeout"),
		on("Find", func(m *memory, r request, next handler) reply {
			m.edit(func(items map[string]session) {
				if s, ok := items[r.token]; ok && !m.live(s) {
					clear(items)
				}
			})
			return next(r)
		})),
	bug("delete wipes the bytes that find has returned", fails("*/Find/ResultStays"), func(m *memory) {
		findsUncopied(m)
		m.on("Delete", func(r request, next handler) reply {
			if s, _ := m.get(r.token); string(s.data) == "old 1" {
				clear(s.data)
			}
			return next(r)
		})
	}),
	bug("commit overwrites the bytes that find has returned", fails("*/Find/ResultStays"), func(m *memory) {
		findsUncopied(m)
		onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if exists && len(old.data) == len("old 0") && len(s.data) == len("new 0") {
				copy(old.data, s.data)
				s.data = old.data
			}
			return false
		})(m)
	}),
	bug("no bytes mean no session", fails("*/Commit/EmptyData", "*/Commit/NilData"), after("Find", func(_ *memory, r request, a *reply) {
		a.found = len(a.data) > 0
	})),
	bug("a nil slice is refused, as NULL in a column that has none", fails("*/Commit/NilData"),
		refuses(func(r request) bool { return r.data == nil })),
}

// findsUncopied makes a store return its own bytes, not a copy.
func findsUncopied(m *memory) {
	m.edit(func(map[string]session) { m.copyOut = uncopied })
}

func uncopied(b []byte) []byte { return b }
