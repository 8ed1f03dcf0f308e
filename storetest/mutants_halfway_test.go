package storetest

import "time"

// halfwayMutants go wrong when something happens in the middle of a call.
var halfwayMutants = []mutant{
	bug("a commit writes the data, then the expiry", fails("*/Concurrent/ExpiryOfLast", "Ctx/Commit/CancelledDuring", "*/Fault/Expiry"),
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
		}),
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
			if leaves(r.ctx) {
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
