package storetest

import (
	"maps"
	"strings"
)

// deletes lets f do the work of Delete.
func deletes(f func(items map[string]session, token string)) func(m *memory) {
	return on("Delete", func(m *memory, r request, next handler) reply {
		if m.broken() {
			return next(r)
		}
		m.edit(func(items map[string]session) { f(items, r.token) })
		return reply{}
	})
}

var deleteMutants = []mutant{
	bug("delete does nothing", fails("*/All/LeavesOutDeleted", "*/Delete/Existing", "Ctx/Delete/LiveContext", "Manager/DestroyDisconnected", "Manager/Login", "Manager/Logout"),
		deletes(func(map[string]session, string) {})),
	bug("deleting a missing session is an error", fails("*/Delete/Missing", "*/Delete/Twice", "Manager/DestroyNew"),
		failsIf("Delete", errMutant, func(m *memory, r request) bool { return m.isNew(r.token) })),
	bug("deleting an expired session is an error", fails("*/Delete/Expired"),
		failsIf("Delete", errMutant, func(m *memory, r request) bool {
			s, ok := m.get(r.token)
			return ok && m.expired(s)
		})),
	bug("deleting the empty token deletes everything", fails("*/Delete/Empty", "*/Delete/Malformed", "Manager/DestroyNew"),
		deletes(func(items map[string]session, token string) {
			delete(items, token)
			if token == "" {
				clear(items)
			}
		})),
	bug("delete takes the token for a glob", fails("*/Delete/Malformed"), deletes(func(items map[string]session, token string) {
		maps.DeleteFunc(items, func(other string, _ session) bool { return globMatch(token, other) })
	})),
	bug("delete compares without case", fails("*/Delete/Malformed", "*/Delete/OnlyThat"), deletes(func(items map[string]session, token string) {
		maps.DeleteFunc(items, func(other string, _ session) bool { return strings.EqualFold(token, other) })
	})),
	bug("deleting a session twice is an error", fails("*/Delete/Twice"), func(m *memory) {
		var gone table[bool]
		m.on("Delete", func(r request, next handler) reply {
			if _, exists := m.get(r.token); exists {
				gone.set(r.token, true)
			} else if gone.has(r.token) {
				return reply{err: errMutant}
			}
			return next(r)
		})
	}),
	bug("a deleted token cannot be committed again", fails("*/Concurrent/DeleteCommit", "*/Concurrent/Linearizable", "*/Delete/ThenCommit"),
		deletesForGood),
}
