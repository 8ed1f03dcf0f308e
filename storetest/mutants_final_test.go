package storetest

import (
	"strings"
	"testing"
	"time"
)

// deletesForGood keeps the promise of FinalDelete.
func deletesForGood(m *memory) { m.edit(func() { m.final = true }) }

// forgets removes the tombstone after a call of a method if f returns true for it. The
// store's lock is held.
func forgets(method string, f func(r request) bool) func(m *memory) {
	return after(method, func(r request, _ *reply) {
		r.m.edit(func() {
			if f(r) {
				delete(r.m.gone, r.token)
			}
		})
	})
}

// finalBug returns a mutant that keeps tombstones and has the bug then.
func finalBug(name string, fails []string, then func(m *memory)) mutant {
	return promises(bug(name, fails, both(deletesForGood, then)))
}

var finalMutants = []mutant{
	promises(bug("a deleted token can be committed again, against the promise",
		fails("*/*/Final", "*/Delete/FinalMissing", "*/Delete/FinalTokens", "*/Delete/FinalCancelled",
			"*/*/Linearizable", "Manager/FinalDestroy", "Manager/FinalRenewToken"),
		func(*memory) {})),
	finalBug("a tombstone is left for a session only", fails("*/Delete/Final", "*/Delete/FinalMissing"),
		forgets("Delete", func(r request) bool { return r.m.gone[r.token].data == nil })),
	finalBug("a commit with a past expiry removes the tombstone", fails("*/Delete/Final"),
		forgets("Commit", func(r request) bool { return !r.expiry.After(time.Now()) })),
	finalBug("a commit of a dead token is an error", fails("*/Delete/Final*", "*/Concurrent/Final", "*/Concurrent/Linearizable",
		"*/Peer/Final", "*/Peer/Linearizable", "Manager/FinalDestroy", "Manager/FinalRenewToken"),
		failsIf(func(r request) bool { return r.m.dead(r.token) }, "Commit")),
	finalBug("tombstones are listed", fails("*/Delete/Final", "*/Concurrent/Final", "*/All/LeavesOutDeleted"),
		onAll(func(m *memory, sessions map[string][]byte) {
			for token := range m.gone {
				sessions[token] = nil
			}
		})),
	finalBug("a tombstone buries the tokens that it begins", fails("*/Delete/FinalTokens"),
		on("Commit", func(r request, next handler) reply {
			for i := range r.token {
				if i > 0 && r.m.dead(r.token[:i]) {
					return reply{}
				}
			}
			return next(r)
		})),
	finalBug("a tombstone is not left when the context has ended", fails("Ctx/Delete/FinalCancelled"),
		forgets("Delete", func(r request) bool { return r.ctx.Err() != nil })),
	finalBug("a tombstone is known in the process that has left it", fails("*/Peer/Final", "*/Peer/Linearizable"),
		on("Commit", func(r request, next handler) reply {
			r.m.edit(func() { r.m.final = r.m.gone[r.token].by == r.m })
			return next(r)
		})),
	finalBug("a commit looks for a tombstone first, and then writes", fails("*/Concurrent/Final"),
		on("Commit", func(r request, _ handler) reply {
			if !r.m.dead(r.token) {
				time.Sleep(moment)
				r.m.apply(r)
			}
			return reply{}
		})),
	finalBug("a write that failed is made later, past the tombstone", fails("*/Fault/Final"), writesLate),
	finalBug("a session of scs comes back", fails("Manager/FinalDestroy", "Manager/FinalRenewToken"),
		on("Commit", func(r request, next handler) reply {
			if encodedByScs(r.data) {
				return r.m.apply(r)
			}
			return next(r)
		})),
}

// TestFinalDelete: with the option, the checks that require the opposite are skipped.
func TestFinalDelete(t *testing.T) {
	for _, opts := range [][]Option{nil, {FinalDelete()}} {
		s, err := newSuite(mutant{}.memories().open, opts)
		if err != nil {
			t.Fatal(err)
		}
		given := opts != nil
		eachCheck(func(name string, m mode, g group, ck check) {
			reason := s.skipsCheck(m, g, ck, newMemory(newBackend()))
			skipped := !given && strings.Contains(name, "/Final") ||
				given && (strings.HasSuffix(name, "/Delete/ThenCommit") || strings.HasSuffix(name, "/Concurrent/DeleteCommit"))
			if (reason != "") != skipped {
				t.Errorf("with the option %t, %s is skipped because of %q; want it skipped: %t", given, name, reason, skipped)
			}
		})
	}
}
