package storetest

import (
	"slices"
	"time"
)

// isNew reports whether a token has no session, not even an expired one.
func (m *memory) isNew(token string) bool { _, exists := m.get(token); return !exists }

var concurrentMutants = []mutant{
	bug("of two new sessions at the same time one is lost", fails("*/All/Many", "*/Concurrent/DistinctTokens"),
		second("Commit", reply{}, func(m *memory, r request) (string, bool) { return "", m.isNew(r.token) })),
	bug("of two commits at the same time one is an error", fails("*/Concurrent/DistinctTokens", "*/Concurrent/OneToken", "Manager/ConcurrentRequests"),
		second("Commit", reply{err: errMutant}, func(*memory, request) (string, bool) { return "", true })),
	bug("of two first commits of a token one is an error", fails("*/Concurrent/FirstCommit"),
		second("Commit", reply{err: errMutant}, func(m *memory, r request) (string, bool) { return r.token, m.isNew(r.token) })),
	bug("two first commits of a token make two rows, and a delete removes one", fails("*/Concurrent/FirstCommit"), func(m *memory) {
		g, rows := newMeeting(), new(table[request])
		m.on("Commit", func(r request, next handler) reply {
			if m.isNew(r.token) {
				if _, second := g.meet(r.token, ""); second {
					rows.set(r.token, r)
					return reply{}
				}
			}
			return next(r)
		})
		m.on("Delete", func(r request, next handler) reply {
			if row, twice := rows.take(r.token); twice {
				return next(row)
			}
			return next(r)
		})
	}),
	bug("data is overwritten in two steps", fails("*/Concurrent/OneToken"), func(m *memory) {
		g := newMeeting()
		writer := make(chan struct{}, 1) // not a mutex, because synctest does not support waiting for one
		m.on("Commit", func(r request, next handler) reply {
			writer <- struct{}{}
			defer func() { <-writer }()
			if old, _ := m.get(r.token); len(old.data) > 100 && len(r.data) > 100 {
				half := r
				half.data = slices.Concat(r.data[:100], old.data[100:])
				next(half)
				g.meet(r.token, "commit")
			}
			return next(r)
		})
		m.on("Find", func(r request, next handler) reply {
			a := next(r)
			if g.awaited(r.token) != "" {
				a = next(r)
				g.join(r.token, "find")
			}
			return a
		})
	}),
	bug("a delete during a commit buries the token", fails("*/Concurrent/DeleteCommit"), func(m *memory) {
		g, buried := newMeeting(), new(table[bool])
		m.on("Commit", func(r request, next handler) reply {
			if !m.isNew(r.token) {
				g.meet(r.token, "commit")
			}
			if buried.has(r.token) {
				return reply{}
			}
			return next(r)
		})
		m.on("Delete", func(r request, next handler) reply {
			if !m.isNew(r.token) {
				if met, _ := g.meet(r.token, "delete"); met {
					buried.set(r.token, true)
				}
			}
			return next(r)
		})
	}),
	bug("all gives up when a session goes away meanwhile", fails("*/Concurrent/AllDuringChanges"), func(m *memory) {
		g := newMeeting()
		after("Delete", func(_ *memory, r request, a *reply) {
			g.join("", "delete")
		})(m)
		m.on("All", func(r request, next handler) reply {
			a := next(r)
			g.meet("", "all")
			for token := range a.sessions {
				if m.isNew(token) {
					return reply{sessions: make(map[string][]byte)}
				}
			}
			return a
		})
	}),
}

// halfwayMutants are wrong if something happens in the middle of a call.
var halfwayMutants = []mutant{
	// On a slow machine the backend may break between two commits.
	sleptOnly(bug("a commit writes the data, then the expiry", fails("*/Concurrent/ExpiryOfLast", "Ctx/Commit/CancelledDuring", "*/Fault/Expiry"),
		func(m *memory) {
			g := newMeeting()
			m.on("Commit", func(r request, next handler) reply {
				immortal := r
				immortal.expiry = time.Now().AddDate(50, 0, 0)
				if a := next(immortal); a.err != nil {
					return a
				}
				g.meet(r.token, "")
				if m.broken() {
					return reply{err: errDown}
				}
				if err := r.ctx.Err(); err != nil {
					return reply{err: err}
				}
				m.edit(func(items map[string]session) { items[r.token] = session{items[r.token].data, r.expiry} })
				return reply{}
			})
		})),
	bug("find deletes the session that it has found expired, a moment later", fails("*/Concurrent/FindExpired"),
		on("Find", func(m *memory, r request, next handler) reply {
			a := next(r)
			if _, exists := m.get(r.token); exists && !a.found {
				time.Sleep(moment)
				next(r.as("Delete"))
			}
			return a
		})),
	bug("all is a part when its context ends meanwhile", fails("Ctx/All/CancelledDuring"),
		after("All", func(_ *memory, r request, a *reply) {
			if contextEnds(r.ctx) {
				dropOne(a.sessions)
			}
		})),
	bug("all is a part when the backend breaks meanwhile", fails("*/Fault/AllDuring"),
		after("All", func(m *memory, r request, a *reply) {
			for i := 0; i < 20 && a.err == nil; i++ {
				if m.broken() {
					dropOne(a.sessions)
					break
				}
				time.Sleep(time.Millisecond)
			}
		})),
}

func dropOne(sessions map[string][]byte) {
	for token := range sessions {
		delete(sessions, token)
		return
	}
}
