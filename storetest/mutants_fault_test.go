package storetest

import (
	"errors"
	"time"
)

// whileDown replaces the calls of a method while the backend is broken by f. Its next makes
// the call as if the backend worked.
func whileDown(method string, f hook) func(m *memory) {
	return on(method, func(r request, next handler) reply {
		a := next(r)
		if errors.Is(a.err, errDown) {
			return f(r, r.m.apply)
		}
		return a
	})
}

// healing calls f when the backend has healed, with the calls that have failed. The
// backend's lock is held.
func healing(f func(b *backend, refused []request)) func(m *memory) {
	return func(m *memory) {
		m.edit(func() {
			m.heal = func() {
				f(m.backend, m.refused)
				m.refused = nil
			}
		})
	}
}

// writesLate makes failed writes take effect when the backend has healed.
var writesLate = healing(func(b *backend, refused []request) {
	for _, late := range refused {
		b.do(late)
	}
})

var faultMutants = []mutant{
	bug("find finds nothing while the backend is broken", fails("*/Fault/Find"), whileDown("Find", returnsNothing)),
	bug("find goes on with what it had found before the backend broke", fails("*/Fault/Find"),
		whileDown("Find", func(r request, next handler) reply { return next(r) })),
	bug("commit says nothing while the backend is broken", fails("*/Fault/Commit"), whileDown("Commit", returnsNothing)),
	bug("delete says nothing while the backend is broken", fails("*/Fault/Delete"), whileDown("Delete", returnsNothing)),
	bug("all is a part while the backend is broken", fails("*/Fault/All"), whileDown("All", func(r request, next handler) reply {
		a := next(r)
		dropOne(a.sessions)
		return a
	})),
	bug("all is empty while the backend is broken", fails("*/Fault/All"),
		whileDown("All", func(request, handler) reply { return reply{sessions: map[string][]byte{}} })),
	bug("find panics while the backend is broken", fails("*/Fault/Find", "*/Fault/Kept", "*/Fault/Linearizable", "*/Fault/Recovers"),
		whileDown("Find", func(request, handler) reply { panic("mutant: nil connection") })),
	bug("all panics while the backend is broken", fails("*/Fault/All"),
		whileDown("All", func(request, handler) reply { panic("mutant: nil cursor") })),
	// The other checks that make the same call are skipped.
	bug("find hangs while the backend is broken", fails("*/Fault/Find"), whileDown("Find", hang)),
	bug("commit hangs while the backend is broken", fails("*/Fault/Commit"), whileDown("Commit", hang)),
	bug("all calls hang while the backend is broken", fails("*/Fault/All", "*/Fault/Commit", "*/Fault/Delete", "*/Fault/Find"),
		wrap(func(r request, next handler) reply {
			if r.m.broken() {
				return hang(r, next)
			}
			return next(r)
		})),
	bug("an error takes 40 s", fails("*/Fault/Delete"), whileDown("Delete", func(request, handler) reply {
		time.Sleep(40 * time.Second)
		return reply{err: errDown}
	})),
	// The checks after Recovers are skipped.
	bug("the store does not recover", fails("*/Fault/Recovers"),
		failsIf(func(r request) bool { return r.m.healed.Load() }, "Find", "Commit", "Delete", "All")),
	bug("find finds nothing after the backend was broken", fails("*/Fault/Recovers"),
		after("Find", func(r request, a *reply) {
			if r.m.healed.Load() {
				*a = reply{err: a.err}
			}
		})),
	bug("an old write comes again after the backend was broken", fails("*/Fault/Kept"), healing(func(b *backend, _ []request) {
		for token, s := range b.items {
			if s.old != nil {
				b.items[token] = s.old
			}
		}
	})),
	bug("sessions are lost when the backend breaks", fails("*/Fault/FailedWrites", "*/Fault/Kept"),
		healing(func(b *backend, _ []request) { clear(b.items) })),
	bug("a commit that fails has written a part", fails("*/Fault/FailedWrites"), whileDown("Commit", func(r request, next handler) reply {
		r.data = r.data[:len(r.data)/2]
		next(r)
		return reply{err: errDown}
	})),
	bug("a commit that fails has deleted the session", fails("*/Fault/FailedWrites"), whileDown("Commit", deletesAndFails)),
	bug("a write that failed has its effect again and again", fails("*/Fault/Linearizable"), wrap(func(r request, next handler) reply {
		// Every write that succeeds applies the failed writes of its token again.
		a := next(r)
		if a.err == nil && (r.method == "Commit" || r.method == "Delete") {
			r.m.edit(func() {
				for _, old := range r.m.refused {
					if old.token == r.token {
						r.m.do(old)
					}
				}
			})
		}
		return a
	})),
}

// hang is a call without a timeout. It ends because a test in a bubble waits for all
// goroutines.
func hang(request, handler) reply { time.Sleep(forever); return reply{err: errDown} }

const forever = 24 * time.Hour

// Each must fail four checks at most, because then a run ends: see maxHangs.
var hangMutants = []mutant{
	bug("find hangs", fails("*/Concurrent/Linearizable", "Manager/FirstVisit", "Manager/DestroyDisconnected"),
		on("Find", hang)),
	bug("commit hangs", fails("Plain/Commit/New", "Plain/All/Many", "Ctx/Peer/SeesCommit", "Manager/CommitDisconnected"),
		on("Commit", hang)),
	bug("delete hangs", fails("Plain/Delete/Missing", "Ctx/Concurrent/DeleteCommit", "Ctx/Fault/Kept", "Manager/Login"),
		on("Delete", hang)),
	bug("all hangs", fails("*/All/Exactly", "Ctx/Peer/All", "Manager/Iterate"), on("All", hang)),
}
