package storetest

import (
	"sync"
	"time"
)

// Mutants with concurrent bugs have wrong logic, but no data races: the race detector is
// on. Such a mutant sleeps for a moment in the middle of a call. In a bubble all other
// goroutines go on meanwhile, until they wait too.
const moment = time.Millisecond

// second replaces the result of a call that begins while another of the same method that
// concerns the same thing is under way.
func second(method string, a reply, about func(r request) (thing string, ok bool)) func(m *memory) {
	return func(m *memory) {
		var underWay sync.Map
		m.on(method, func(r request, next handler) reply {
			thing, ok := about(r)
			if !ok {
				return next(r)
			}
			if _, second := underWay.LoadOrStore(thing, true); second {
				return a
			}
			defer underWay.Delete(thing)
			time.Sleep(moment)
			return next(r)
		})
	}
}

var concurrentMutants = []mutant{
	bug("of two new sessions at the same time one is lost", fails("*/All/Many", "*/Concurrent/DistinctTokens"),
		second("Commit", reply{}, func(r request) (string, bool) { return "", r.isNew() })),
	bug("of two commits at the same time one is an error", fails("*/Concurrent/DistinctTokens", "*/Concurrent/OneToken", "Manager/ConcurrentRequests"),
		second("Commit", reply{err: errMutant}, func(request) (string, bool) { return "", true })),
	bug("of two first commits of a token one is an error", fails("*/Concurrent/FirstCommit"),
		second("Commit", reply{err: errMutant}, func(r request) (string, bool) { return r.token, r.isNew() })),
	bug("two first commits of a token make two rows, and a delete removes one", fails("*/Concurrent/FirstCommit"), func(m *memory) {
		var rows sync.Map
		m.on("Commit", func(r request, next handler) reply {
			if r.isNew() {
				if time.Sleep(moment); !r.isNew() {
					rows.Store(r.token, r)
					return reply{}
				}
			}
			return next(r)
		})
		after("Delete", func(r request, _ *reply) {
			if row, twice := rows.LoadAndDelete(r.token); twice {
				m.apply(row.(request))
			}
		})(m)
	}),
	bug("a delete during a commit buries the token", fails("*/Concurrent/DeleteCommit"), func(m *memory) {
		var underWay, buried sync.Map
		m.on("Commit", func(r request, next handler) reply {
			if _, ok := buried.Load(r.token); ok {
				return reply{}
			}
			underWay.Store(r.token, true)
			defer underWay.Delete(r.token)
			time.Sleep(moment)
			return next(r)
		})
		after("Delete", func(r request, _ *reply) {
			if _, ok := underWay.Load(r.token); ok {
				buried.Store(r.token, true)
			}
		})(m)
	}),
	bug("all gives up when a session goes away meanwhile", fails("*/Concurrent/AllDuringChanges"),
		after("All", func(r request, a *reply) {
			time.Sleep(moment)
			for token := range a.sessions {
				if _, exists := r.m.get(token); !exists {
					clear(a.sessions)
				}
			}
		})),
}

var linearizableMutants = []mutant{
	bug("find fills a cache after a commit has emptied it", fails("*/Concurrent/Linearizable", "*/Peer/Linearizable"),
		wrap(func(r request, next handler) reply {
			if r.method != "Find" {
				defer r.m.cache.Delete(r.token)
				return next(r)
			}
			if a, ok := r.m.cache.Load(r.token); ok {
				return a.(reply)
			}
			a := next(r)
			if a.found {
				time.Sleep(moment)
				r.m.cache.Store(r.token, a)
			}
			return a
		})),
	bug("of two finds at the same time one is an error", fails("*/Concurrent/Linearizable", "*/Peer/Linearizable"),
		second("Find", reply{err: errMutant}, func(r request) (string, bool) { return r.token, true })),
	bug("of two commits at the same time the first comes again later", fails("*/Concurrent/Linearizable"),
		on("Commit", func(r request, next handler) reply {
			a := next(r)
			time.Sleep(moment)
			if s, _ := r.stored(); string(s.data) != string(r.data) {
				r.data = []byte(string(r.data))
				time.AfterFunc(moment/2, func() { r.m.apply(r) })
			}
			return a
		})),
	bug("find sees a commit that is under way, and the next one does not", fails("*/Concurrent/Linearizable"), func(m *memory) {
		var underWay sync.Map
		m.on("Commit", func(r request, next handler) reply {
			underWay.Store(r.token, reply{data: r.data, found: true})
			time.Sleep(moment)
			underWay.Delete(r.token)
			return next(r)
		})
		m.on("Find", func(r request, next handler) reply {
			if a, ok := underWay.LoadAndDelete(r.token); ok {
				return a.(reply)
			}
			return next(r)
		})
	}),
	bug("a find during a commit reads a mix", fails("*/Concurrent/Linearizable", "*/Concurrent/OneToken"),
		both(slow(moment), on("Find", func(r request, next handler) reply {
			a := next(r)
			time.Sleep(moment)
			if newer := next(r); a.found && newer.found {
				a.data = append(a.data[:len(a.data)/2], newer.data[len(newer.data)/2:]...)
			}
			return a
		}))),
}

// halfwayMutants are wrong if something happens in the middle of a call.
var halfwayMutants = []mutant{
	bug("a commit writes the data, then the expiry", fails("*/Concurrent/ExpiryOfLast", "Ctx/Commit/CancelledDuring", "*/Fault/Expiry"),
		on("Commit", func(r request, next handler) reply {
			immortal := r
			immortal.expiry = time.Now().AddDate(50, 0, 0)
			if a := next(immortal); a.err != nil {
				return a
			}
			time.Sleep(moment)
			switch {
			case r.m.broken():
				return reply{err: errDown}
			case r.ctx.Err() != nil:
				return reply{err: r.ctx.Err()}
			}
			r.m.edit(func() { r.m.items[r.token].expiry = r.expiry })
			return reply{}
		})),
	bug("find deletes the session that it has found expired, a moment later", fails("*/Concurrent/FindExpired"),
		on("Find", func(r request, next handler) reply {
			a := next(r)
			if !a.found && !r.isNew() {
				time.Sleep(moment)
				next(r.as("Delete"))
			}
			return a
		})),
	bug("all is a part when its context ends meanwhile", fails("Ctx/All/CancelledDuring"),
		after("All", func(r request, a *reply) {
			if contextEnds(r.ctx) {
				dropOne(a.sessions)
			}
		})),
	bug("all is a part when the backend breaks meanwhile", fails("*/Fault/AllDuring"),
		after("All", func(r request, a *reply) {
			if time.Sleep(10 * time.Millisecond); r.m.broken() {
				dropOne(a.sessions)
			}
		})),
}
