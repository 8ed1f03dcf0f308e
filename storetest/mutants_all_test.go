package storetest

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// onAll lets f replace what All returns.
func onAll(f func(m *memory, sessions map[string][]byte) map[string][]byte) func(m *memory) {
	return after("All", func(m *memory, r request, a *reply) {
		a.sessions = f(m, a.sessions)
	})
}

// onData changes the data of every session that All returns.
func onData(f func(b []byte) []byte) func(m *memory) {
	return onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
		for token, b := range sessions {
			sessions[token] = f(b)
		}
		return sessions
	})
}

// page makes All return at most size sessions.
func page(size int) func(m *memory) {
	return onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
		for _, token := range slices.Sorted(maps.Keys(sessions))[min(len(sessions), size):] {
			delete(sessions, token)
		}
		return sessions
	})
}

// indexed is a store whose All reads an index. stale says which writes do not change the
// index. exists says whether the index has the token; the store's lock is held.
func indexed(stale func(m *memory, exists bool, w request) bool) func(m *memory) {
	return func(m *memory) {
		index := newBackend()
		m.wrap(func(r request, next handler) reply {
			m.mu.Lock()
			defer m.mu.Unlock()
			index.moved = m.moved
			if r.method == "All" {
				return index.do(r)
			}
			if _, exists := index.items[r.token]; !stale(m, exists, r) {
				index.do(r)
			}
			return m.do(r)
		})
	}
}

var allMutants = []mutant{
	bug("all of no sessions is nil", fails("*/All/Empty", "*/All/TwoStores"),
		onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			if len(sessions) == 0 {
				return nil
			}
			return sessions
		})),
	bug("all of no sessions is an error", fails("*/All/Empty", "*/All/TwoStores", "Manager/Iterate"),
		after("All", func(_ *memory, r request, a *reply) {
			if len(a.sessions) == 0 {
				a.err = errMutant
			}
		})),
	bug("all ends data at a NUL", fails("*/All/Exactly", "Manager/Iterate"),
		onData(func(b []byte) []byte { b, _, _ = bytes.Cut(b, []byte{0}); return b })),
	bug("all lists expired sessions", fails("*/All/LeavesOutExpired", "*/All/LeavesOutPastExpiry"),
		onAll(func(m *memory, sessions map[string][]byte) map[string][]byte {
			m.edit(func(items map[string]session) {
				for token, s := range items {
					sessions[token] = s.data
				}
			})
			return sessions
		})),
	bug("all goes by an index that a commit in the past does not change", fails("*/All/LeavesOutPastExpiry"),
		indexed(func(m *memory, _ bool, w request) bool {
			return w.method == "Commit" && !m.live(session{expiry: w.expiry})
		})),
	bug("all goes by an index that a delete does not change", fails("*/All/LeavesOutDeleted", "*/Concurrent/AllDuringChanges", "Manager/Iterate"),
		indexed(func(_ *memory, _ bool, w request) bool { return w.method == "Delete" })),
	bug("all goes by an index that an overwrite does not change", fails("*/All/AfterOverwrite"),
		indexed(func(m *memory, exists bool, w request) bool {
			return w.method == "Commit" && exists && m.live(session{expiry: w.expiry})
		})),
	bug("all returns a page of 100", fails("*/All/Many"), page(100)),
	// A slow machine does not commit so many in time.
	sleptOnly(bug("all returns a page of 1000", fails("*/All/Many"), page(1000))),
	bug("all takes what is behind the last colon for the token", fails("*/All/TokenBytes"),
		onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			return renamed(sessions, func(token string) string { return token[strings.LastIndex(token, ":")+1:] })
		})),
	acrossStores("all lists the sessions of another store", fails("*/All/TwoStores"), "All", func(other *memory, r request, a *reply) {
		maps.Copy(a.sessions, other.backend.handle(r).sessions)
	}),
}
