package storetest

import "sync"

// cached gives every process a cache in front of the shared backend. The cache sees only
// the writes of its own process. It keeps results of Find for which keeps returns true, a
// session until it expires.
func cached(keeps func(found bool) bool) func(m *memory) {
	return func(m *memory) {
		var cache sync.Map // the session of a token, or the zero value if there is none
		wrap(func(r request, next handler) reply {
			if r.method != "Find" {
				cache.Delete(r.token)
				return next(r)
			}
			if kept, ok := cache.Load(r.token); ok {
				if s := kept.(session); s.data == nil || m.live(s.expiry) {
					return reply{data: s.data, found: s.data != nil}
				}
			}
			a := next(r)
			s, _ := r.stored()
			if !a.found {
				s = session{}
			}
			if a.err == nil && keeps(a.found) {
				cache.Store(r.token, s)
			}
			return a
		})(m)
	}
}

var peerMutants = []mutant{
	bug("a cache in every process keeps what was found", fails("*/Peer/ExpiryChanged", "*/Peer/Linearizable", "*/Peer/SeesDelete", "*/Peer/SeesOverwrite"),
		cached(func(found bool) bool { return found })),
	bug("a cache in every process keeps what was not found", fails("*/Peer/Linearizable", "*/Peer/SeesCommit"),
		cached(func(found bool) bool { return !found })),
	bug("a process does not know when others' sessions expire", fails("*/Peer/Expired"),
		after("Find", func(r request, a *reply) {
			if s, ok := r.stored(); ok && s.by != r.m {
				*a = reply{data: s.data, found: true}
			}
		})),
	bug("a delete does not reach the other process", fails("*/Peer/All", "*/Peer/Linearizable", "*/Peer/SeesDelete"), func(m *memory) {
		var hidden sync.Map // what was deleted here
		m.on("Delete", func(r request, next handler) reply {
			hidden.Store(r.token, true)
			return reply{}
		})
		after("Commit", func(r request, _ *reply) { hidden.Delete(r.token) })(m)
		after("Find", func(r request, a *reply) {
			if _, ok := hidden.Load(r.token); ok {
				*a = reply{}
			}
		})(m)
		onAll(func(_ *memory, sessions map[string][]byte) {
			for token := range sessions {
				if _, ok := hidden.Load(token); ok {
					delete(sessions, token)
				}
			}
		})(m)
	}),
	bug("all lists what its own process has committed", fails("*/Peer/All"), func(m *memory) {
		onAll(func(_ *memory, sessions map[string][]byte) {
			for token, s := range m.items {
				if s.by != m {
					delete(sessions, token)
				}
			}
		})(m)
	}),
}
