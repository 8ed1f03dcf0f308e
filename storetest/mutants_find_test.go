package storetest

import "time"

var findMutants = []mutant{
	bug("a session that is not found is an error", fails("*/Find/Missing", "*/Delete/Existing", "Manager/GarbageCookies"),
		after("Find", func(_ request, a *reply) {
			if !a.found {
				a.err = errMutant
			}
		})),
	bug("find fails on an empty store", fails("*/Find/Missing"),
		failsIf(func(r request) bool { return len(r.m.apply(r.as("All")).sessions) == 0 }, "Find")),
	bug("find panics on the empty token", fails("*/Commit/TokenBytes", "*/Find/Malformed"),
		after("Find", func(r request, _ *reply) { _ = r.token[0] })),
	bug("find returns the data of another session", fails("*/Find/Committed", "*/Commit/KeepsOthers", "*/Commit/SimilarTokens"),
		after("Find", func(r request, a *reply) {
			for other, b := range r.m.apply(r.as("All")).sessions {
				if a.found && other != r.token {
					a.data = b
				}
			}
		})),
	bug("data is cut at 255 bytes", fails("*/Find/Committed", "*/Commit/Binary"), cutsData(255)),
	bug("a session can be found twice only", fails("Ctx/Find/Cancelled", "*/Find/Repeatable"),
		after("Find", func(r request, a *reply) {
			if s, _ := r.stored(); s.finds > 2 && string(s.data) == "abc" {
				*a = reply{}
			}
		})),
	bug("find does not look at the expiry", fails("*/Find/Expired", "*/Commit/ExpiryShorter"),
		after("Find", func(r request, a *reply) {
			s, ok := r.stored()
			a.data, a.found = s.data, ok
		})),
	bug("find prolongs the session", fails("*/Commit/SubSecond", "*/Find/NotProlonged"),
		onStored("Find", func(r request, s *session) {
			if r.m.live(s.expiry) {
				s.expiry = s.expiry.Add(2 * time.Hour)
			}
		})),
	bug("finding an expired session clears the store", fails("*/Find/KeepsOthers", "Manager/IdleTimeout"),
		onStored("Find", func(r request, s *session) {
			if !r.m.live(s.expiry) {
				clear(r.m.items)
			}
		})),
	bug("delete wipes the bytes that find has returned", fails("*/Find/ResultStays"),
		both(findsUncopied, onStored("Delete", func(_ request, s *session) {
			if string(s.data) == "old 1" {
				clear(s.data)
			}
		}))),
	bug("commit overwrites the bytes that find has returned", fails("*/Find/ResultStays"),
		both(findsUncopied, changes(func(_ *memory, old, s *session) {
			if old != nil && len(old.data) == len("old 0") && len(s.data) == len("new 0") {
				copy(old.data, s.data)
				s.data = old.data
			}
		}))),
	bug("no bytes mean no session", fails("*/Commit/EmptyData", "*/Commit/NilData"),
		after("Find", func(_ request, a *reply) { a.found = len(a.data) > 0 })),
	bug("a nil slice is refused, as NULL in a column that has none", fails("*/Commit/NilData"),
		failsIf(func(r request) bool { return r.data == nil }, "Commit")),
}

// findsUncopied makes a store return its own bytes, not a copy.
func findsUncopied(m *memory) { m.edit(func() { m.copyOut = uncopied }) }

func uncopied(b []byte) []byte { return b }
