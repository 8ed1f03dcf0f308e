package storetest

import (
	"bytes"
	"strconv"
	"sync"
)

// cached gives every process a cache in front of the shared backend. The cache sees only
// the writes of its own process. It keeps results of Find for which keeps returns true, a
// session until it expires.
func cached(keeps func(found bool) bool) func(m *memory) {
	return func(m *memory) {
		var cache table[session]
		absent := session{} // marks a token without a session
		m.wrap(func(r request, next handler) reply {
			if r.method != "Find" {
				cache.take(r.token)
				return next(r)
			}
			s, ok := cache.get(r.token)
			switch {
			case ok && s.expiry.Equal(absent.expiry):
				return reply{}
			case ok && !m.expired(s):
				return reply{data: s.data, found: true}
			}
			a := next(r)
			if s, _ = m.get(r.token); !a.found {
				s = absent
			}
			if a.err == nil && keeps(a.found) {
				cache.set(r.token, s)
			}
			return a
		})
	}
}

var peerMutants = []mutant{
	bug("a cache in every process keeps what was found", fails("*/Peer/ExpiryChanged", "*/Peer/Linearizable", "*/Peer/SeesDelete", "*/Peer/SeesOverwrite"),
		cached(func(found bool) bool { return found })),
	bug("a cache in every process keeps what was not found", fails("*/Peer/Linearizable", "*/Peer/SeesCommit"),
		cached(func(found bool) bool { return !found })),
	bug("a cache in every process does not know when others' sessions expire", fails("*/Peer/Expired"), func(m *memory) {
		// The backend keeps expired sessions, like a table with a periodic clean-up.
		var own, seen table[bool]
		m.on("Commit", func(r request, next handler) reply {
			own.set(r.token, true)
			return next(r)
		})
		m.on("Find", func(r request, next handler) reply {
			a := next(r)
			if a.found {
				seen.set(r.token, true)
			}
			if s, ok := m.get(r.token); ok && seen.has(r.token) && !own.has(r.token) {
				return reply{data: s.data, found: true}
			}
			return a
		})
	}),
	bug("a delete does not reach the other process", fails("*/Peer/All", "*/Peer/Linearizable", "*/Peer/SeesDelete"), func(m *memory) {
		var gone table[[]byte] // the data of the sessions that were deleted here
		hidden := func(token string, b []byte) bool {
			data, ok := gone.get(token)
			return ok && bytes.Equal(data, b)
		}
		m.wrap(func(r request, next handler) reply {
			switch r.method {
			case "Commit":
				gone.take(r.token)
			case "Delete":
				if s, ok := m.get(r.token); ok {
					gone.set(r.token, s.data)
				}
				return reply{}
			}
			a := next(r)
			if a.found && hidden(r.token, a.data) {
				return reply{}
			}
			for token, b := range a.sessions {
				if hidden(token, b) {
					delete(a.sessions, token)
				}
			}
			return a
		})
	}),
	bug("all lists what its own process has committed", fails("*/Peer/All"), func(m *memory) {
		var own table[bool]
		m.on("Commit", func(r request, next handler) reply {
			own.set(r.token, true)
			return next(r)
		})
		onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			for token := range sessions {
				if !own.has(token) {
					delete(sessions, token)
				}
			}
			return sessions
		})(m)
	}),
	cacheRace(),
}

// cacheRace returns a mutant whose writes empty the caches of all processes. A Find that
// read before the write fills its cache after it.
func cacheRace() mutant {
	type processes struct { // of one backend
		*meeting
		caches []*table[reply]
	}
	var mu sync.Mutex
	all := make(map[*backend]*processes)
	return mutant{
		name:      "find fills its cache after the other process has emptied it",
		sleptOnly: true,
		fails:     []string{"*/Peer/Linearizable"},
		bug: func(m *memory) {
			mu.Lock()
			defer mu.Unlock()
			if all[m.backend] == nil {
				all[m.backend] = &processes{meeting: newMeeting()}
			}
			ps, cache := all[m.backend], new(table[reply])
			ps.caches = append(ps.caches, cache)
			name := strconv.Itoa(len(ps.caches))
			m.on("Find", func(r request, next handler) reply {
				if a, ok := cache.get(r.token); ok {
					return a
				}
				a := next(r)
				if a.found {
					if met, _ := ps.meet(r.token, name); met {
						cache.set(r.token, a)
					}
				}
				return a
			})
			write := func(r request, next handler) reply {
				a := next(r)
				mu.Lock()
				defer mu.Unlock()
				for _, c := range ps.caches {
					c.take(r.token)
				}
				return a
			}
			m.on("Delete", write)
			m.on("Commit", func(r request, next handler) reply {
				a := write(r, next)
				ps.join(r.token, name)
				return a
			})
		},
	}
}
