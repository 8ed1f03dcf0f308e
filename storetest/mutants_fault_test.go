package storetest

import (
	"slices"
	"strings"
	"time"
)

// hangsWhileDown makes methods hang while the backend is broken.
func hangsWhileDown(methods ...string) func(m *memory) {
	return func(m *memory) {
		for _, method := range methods {
			whileDown(method, func(*memory) reply { hang(); return reply{err: errDown} })(m)
		}
	}
}

var faultMutants = []mutant{
	bug("find finds nothing while the backend is broken", fails("*/Fault/Find"), whileDown("Find", func(*memory) reply { return reply{} })),
	bug("find goes on with what it had found before the backend broke", fails("*/Fault/Find"), func(m *memory) {
		var last table[reply]
		after("Commit", func(_ *memory, r request, a *reply) {
			if a.err == nil {
				last.set(r.token, reply{data: r.data, found: true})
			}
		})(m)
		m.on("Find", func(r request, next handler) reply {
			a := next(r)
			if old, ok := last.get(r.token); ok && a.err != nil {
				return old
			}
			return a
		})
	}),
	bug("commit says nothing while the backend is broken", fails("*/Fault/Commit"), whileDown("Commit", func(*memory) reply { return reply{} })),
	bug("delete says nothing while the backend is broken", fails("*/Fault/Delete"), whileDown("Delete", func(*memory) reply { return reply{} })),
	bug("all is a part while the backend is broken", fails("*/Fault/All"), whileDown("All", func(m *memory) reply {
		sessions := make(map[string][]byte)
		m.edit(func(items map[string]session) {
			for token, s := range items {
				sessions[token] = s.data
				break
			}
		})
		return reply{sessions: sessions}
	})),
	bug("all is empty while the backend is broken", fails("*/Fault/All"),
		whileDown("All", func(*memory) reply { return reply{sessions: map[string][]byte{}} })),
	bug("find panics while the backend is broken", fails("*/Fault/Find", "*/Fault/Kept", "*/Fault/Linearizable", "*/Fault/Recovers"),
		whileDown("Find", func(*memory) reply { panic("mutant: nil connection") })),
	bug("all panics while the backend is broken", fails("*/Fault/All"), whileDown("All", func(*memory) reply { panic("mutant: nil cursor") })),
	// The other checks that make the same call are skipped.
	sleptOnly(bug("find hangs while the backend is broken", fails("*/Fault/Find"), hangsWhileDown("Find"))),
	sleptOnly(bug("commit hangs while the backend is broken", fails("*/Fault/Commit"), hangsWhileDown("Commit"))),
	sleptOnly(bug("all calls hang while the backend is broken", fails("*/Fault/All", "*/Fault/Commit", "*/Fault/Delete", "*/Fault/Find"),
		hangsWhileDown("Find", "Commit", "Delete", "All"))),
	sleptOnly(bug("an error takes 40 s", fails("*/Fault/Delete"), whileDown("Delete", func(*memory) reply {
		time.Sleep(40 * time.Second)
		return reply{err: errDown}
	}))),
	// The checks after Recovers are skipped.
	sleptOnly(bug("the store does not recover", fails("*/Fault/Recovers"), afterFailure(func(reply) reply {
		return reply{err: errMutant}
	}, "Find", "Commit", "Delete", "All"))),
	sleptOnly(bug("find finds nothing after the backend was broken", fails("*/Fault/Recovers"), afterFailure(func(a reply) reply {
		return reply{err: a.err}
	}, "Find"))),
	bug("an old write comes again after the backend was broken", fails("*/Fault/Kept"), func(m *memory) {
		// The log of acknowledged writes is replayed without the last one.
		var log []request
		onWrites(func(m *memory, w *request, failed bool) {
			if w != nil && !failed {
				log = append(log, *w)
			}
			if w == nil && len(log) > 1 {
				for _, old := range log[:len(log)-1] {
					m.apply(old)
				}
			}
		})(m)
	}),
	bug("sessions are lost when the backend breaks", fails("*/Fault/FailedWrites", "*/Fault/Kept"),
		onWrites(func(m *memory, w *request, _ bool) {
			if w == nil {
				m.edit(func(items map[string]session) { clear(items) })
			}
		})),
	bug("a commit that fails has written a part", fails("*/Fault/FailedWrites"), onWrites(func(m *memory, w *request, failed bool) {
		if failed && w.method == "Commit" {
			w.data = w.data[:len(w.data)/2]
			m.apply(*w)
		}
	})),
	bug("a commit that fails has deleted the session", fails("*/Fault/FailedWrites"), onWrites(func(m *memory, w *request, failed bool) {
		if failed {
			m.apply(w.as("Delete"))
		}
	})),
	bug("a write that failed has its effect again and again", fails("*/Fault/Linearizable"), func(m *memory) {
		// Every successful write applies the failed writes of its token again.
		var queue []request
		onWrites(func(m *memory, w *request, failed bool) {
			if failed {
				queue = append(queue, *w)
				return
			}
			for _, old := range slices.Backward(queue) {
				if w != nil && old.token == w.token {
					m.apply(old)
				}
			}
		})(m)
	}),
}

// hang is a call without a timeout. It ends because a test in a bubble waits for all
// goroutines.
func hang() { time.Sleep(forever) }

const forever = 24 * time.Hour

// hangMutants returns mutants with one method that does not return.
func hangMutants() (all []mutant) {
	for method, fails := range map[string][]string{
		"Find":   {"*/Find/Missing", "*/Concurrent/Linearizable", "Manager/FirstVisit", "Manager/DestroyDisconnected"},
		"Commit": {"*/Commit/New", "*/All/Many", "*/Peer/SeesCommit", "Manager/CommitDisconnected"},
		"Delete": {"*/Delete/Missing", "*/Concurrent/DeleteCommit", "*/Fault/Kept", "Manager/Login"},
		"All":    {"*/All/Empty", "*/Peer/All", "Manager/Iterate"},
	} {
		for _, mode := range modes {
			mu := mutant{name: mode.name + ": " + method + " hangs", sleptOnly: true}
			for _, pattern := range fails {
				if check, ok := strings.CutPrefix(pattern, "*/"); ok {
					mu.fails = append(mu.fails, mode.name+"/"+check)
				} else if mode.ctx { // Manager calls the methods with a context
					mu.fails = append(mu.fails, pattern)
				}
			}
			mu.bug = on(method, func(_ *memory, r request, next handler) reply {
				if plain := r.ctx.Value(plainCall) != nil; plain != mode.ctx {
					hang()
				}
				return next(r)
			})
			all = append(all, mu)
		}
	}
	return all
}
