package storetest

import (
	"bytes"
	"maps"
	"strings"
)

// onAll lets f change what All returns. The store's lock is held.
func onAll(f func(m *memory, sessions map[string][]byte)) func(m *memory) {
	return after("All", func(r request, a *reply) {
		if a.err == nil {
			r.m.edit(func() { f(r.m, a.sessions) })
		}
	})
}

// onData changes the data of every session that All returns.
func onData(f func(b []byte) []byte) func(m *memory) {
	return onAll(func(_ *memory, sessions map[string][]byte) {
		for token, b := range sessions {
			sessions[token] = f(b)
		}
	})
}

// page makes All return at most size sessions.
func page(size int) func(m *memory) {
	return onAll(func(_ *memory, sessions map[string][]byte) {
		for len(sessions) > size {
			dropOne(sessions)
		}
	})
}

func dropOne(sessions map[string][]byte) {
	for token := range sessions {
		delete(sessions, token)
		return
	}
}

// acrossStores returns a bug of a method that also calls f for every other store.
func acrossStores(method string, f func(other *memory, r request, a *reply)) func(m *memory) {
	return after(method, func(r request, a *reply) {
		for _, other := range r.m.ms.all() {
			if other.backend != r.m.backend {
				f(other, r, a)
			}
		}
	})
}

var allMutants = []mutant{
	bug("all of no sessions is nil", fails("*/All/Empty", "*/All/TwoStores"),
		after("All", func(_ request, a *reply) {
			if len(a.sessions) == 0 {
				a.sessions = nil
			}
		})),
	bug("all of no sessions is an error", fails("*/All/Empty", "*/All/TwoStores", "Manager/Iterate"),
		after("All", func(_ request, a *reply) {
			if len(a.sessions) == 0 {
				a.err = errMutant
			}
		})),
	bug("all ends data at a NUL", fails("*/All/Exactly", "Manager/Iterate"),
		onData(func(b []byte) []byte { b, _, _ = bytes.Cut(b, []byte{0}); return b })),
	bug("all lists expired sessions", fails("*/All/LeavesOutExpired", "*/All/LeavesOutPastExpiry"),
		onAll(func(m *memory, sessions map[string][]byte) {
			for token, s := range m.items {
				sessions[token] = s.data
			}
		})),
	bug("all goes by an index that a commit in the past does not change", fails("*/All/LeavesOutPastExpiry"),
		onAll(func(m *memory, sessions map[string][]byte) {
			for token, s := range m.items {
				if s.old != nil && m.live(s.old.expiry) && !m.live(s.expiry) {
					sessions[token] = s.old.data
				}
			}
		})),
	bug("all goes by an index that a delete does not change", fails("*/All/LeavesOutDeleted", "*/Concurrent/AllDuringChanges", "Manager/Iterate"),
		onAll(func(m *memory, sessions map[string][]byte) {
			for token, stone := range m.gone {
				if stone.data != nil {
					sessions[token] = stone.data
				}
			}
		})),
	bug("all goes by an index that an overwrite does not change", fails("*/All/AfterOverwrite"),
		onAll(func(m *memory, sessions map[string][]byte) {
			for token, s := range m.items {
				if s.old != nil && m.live(s.expiry) {
					sessions[token] = s.old.data
				}
			}
		})),
	bug("all returns a page of 1000", fails("*/All/Many"), page(1000)),
	bug("all takes what is behind the last colon for the token", fails("*/All/TokenBytes"),
		on("Commit", func(r request, next handler) reply {
			r.name = r.name[strings.LastIndex(r.name, ":")+1:]
			return next(r)
		})),
	bug("all lists the sessions of another store", fails("*/All/TwoStores"),
		acrossStores("All", func(other *memory, r request, a *reply) { maps.Copy(a.sessions, other.apply(r).sessions) })),
}
