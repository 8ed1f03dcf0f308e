package storetest

import (
	"strings"
	"time"
)

// hang stands for a call without a timeout. It ends because a test that leaves a
// goroutine behind cannot end in a bubble.
func hang() { time.Sleep(forever) }

const forever = 24 * time.Hour

// hangMutants have one method each that does not return.
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
				} else if mode.ctx { // as Manager calls the store
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
