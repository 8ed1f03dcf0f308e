package storetest

import "time"

// isSmall limits these bugs to small data, so that Concurrent/OneToken, whose data is
// long, does not fail by chance.
func isSmall(b []byte) bool { return len(b) < 100 }

// joinFind makes a Commit meet, when it is done, a Find that began before it.
func joinFind(g *meeting) func(r request, next handler) reply {
	return func(r request, next handler) reply {
		waiting := g.awaited(r.token) != ""
		a := next(r)
		if waiting && isSmall(r.data) {
			g.join(r.token, "commit")
		}
		return a
	}
}

// These mutants run in the bubble only: on a busy machine two short calls may not meet
// during the check.
var linearizableMutants = []mutant{
	sleptOnly(bug("find fills a cache after a commit has emptied it", fails("*/Concurrent/Linearizable"), func(m *memory) {
		g, cache := newMeeting(), new(table[reply])
		m.on("Commit", joinFind(g))
		m.wrap(func(r request, next handler) reply {
			if r.method != "Find" {
				cache.take(r.token)
				return next(r)
			}
			if a, ok := cache.get(r.token); ok {
				return a
			}
			a := next(r)
			if a.found && isSmall(a.data) {
				if met, _ := g.meet(r.token, "find"); met {
					cache.set(r.token, a)
				}
			}
			return a
		})
	})),
	sleptOnly(bug("of two finds at the same time one is an error", fails("*/Concurrent/Linearizable", "*/Peer/Linearizable"),
		second("Find", reply{err: errMutant}, func(_ *memory, r request) (string, bool) { return r.token, true }))),
	sleptOnly(bug("of two commits at the same time the first comes again later", fails("*/Concurrent/Linearizable"), func(m *memory) {
		g, again := newMeeting(), new(table[request])
		m.on("Commit", func(r request, next handler) reply {
			isNew := m.isNew(r.token)
			a := next(r)
			if !isNew && isSmall(r.data) {
				if met, second := g.meet(r.token, ""); met && !second {
					again.set(r.token, r)
				}
			}
			return a
		})
		after("Find", func(_ *memory, r request, a *reply) {
			if commit, ok := again.take(r.token); ok {
				m.apply(commit)
			}
		})(m)
	})),
	sleptOnly(bug("find sees a commit that is under way, and the next one does not", fails("*/Concurrent/Linearizable"), func(m *memory) {
		var underWay table[reply]
		m.on("Commit", func(r request, next handler) reply {
			if !m.isNew(r.token) && isSmall(r.data) {
				underWay.set(r.token, reply{data: r.data, found: true})
				time.Sleep(moment)
				underWay.take(r.token)
			}
			return next(r)
		})
		m.on("Find", func(r request, next handler) reply {
			if a, ok := underWay.take(r.token); ok {
				return a
			}
			return next(r)
		})
	})),
	sleptOnly(bug("a find during a commit reads a mix", fails("*/Concurrent/Linearizable"), func(m *memory) {
		g := newMeeting()
		m.on("Commit", joinFind(g))
		m.on("Find", func(r request, next handler) reply {
			a := next(r)
			if !a.found || len(a.data) < 2 || !isSmall(a.data) {
				return a
			}
			if met, _ := g.meet(r.token, "find"); met {
				newer := next(r).data
				a.data = append(a.data[:len(a.data)/2], newer[len(newer)/2:]...)
			}
			return a
		})
	})),
}
