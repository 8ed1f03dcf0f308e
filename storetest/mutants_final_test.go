package storetest

import (
	"strings"
	"testing"
	"time"
)

// deletesForGood keeps the promise of FinalDelete: a deleted token is dead in all processes.
func deletesForGood(m *memory) { keepTombstones(m, m.gone) }

func keepTombstones(m *memory, gone map[string]time.Time) {
	m.wrap(func(r request, _ handler) reply {
		m.mu.Lock()
		defer m.mu.Unlock()
		switch {
		case m.down != nil:
			return reply{err: m.down}
		case r.method == "Delete":
			gone[r.token] = m.now().Add(5 * time.Minute)
		case r.method == "Commit" && m.now().Before(gone[r.token]):
			return reply{}
		}
		return m.do(r)
	})
}

// dead reports whether a token has a tombstone.
func (m *memory) dead(token string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now().Before(m.gone[token])
}

// forgets removes the tombstone after a call of a method if f returns true before it.
func forgets(method string, f func(m *memory, r request) bool) func(m *memory) {
	return on(method, func(m *memory, r request, next handler) reply {
		forget := f(m, r)
		a := next(r)
		if forget {
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.gone, r.token)
		}
		return a
	})
}

// finalBug returns a mutant that keeps tombstones and has the bug then.
func finalBug(name string, fails []string, then func(m *memory)) mutant {
	return promises(bug(name, fails, func(m *memory) {
		deletesForGood(m)
		then(m)
	}))
}

var finalMutants = []mutant{
	promises(bug("a deleted token can be committed again, against the promise",
		fails("*/*/Final", "*/Delete/FinalMissing", "*/Delete/FinalTokens", "*/Delete/FinalCancelled",
			"*/*/Linearizable", "Manager/FinalDestroy", "Manager/FinalRenewToken"),
		func(*memory) {})),
	finalBug("a tombstone is left for a session only", fails("*/Delete/Final", "*/Delete/FinalMissing"),
		forgets("Delete", func(m *memory, r request) bool { return m.isNew(r.token) })),
	finalBug("a commit with a past expiry removes the tombstone", fails("*/Delete/Final"),
		forgets("Commit", func(_ *memory, r request) bool { return !r.expiry.After(time.Now()) })),
	finalBug("a commit of a dead token is an error", fails("*/Delete/Final*", "*/Concurrent/Final", "*/Concurrent/Linearizable",
		"*/Peer/Final", "*/Peer/Linearizable", "Manager/FinalDestroy", "Manager/FinalRenewToken"),
		failsIf("Commit", errMutant, func(m *memory, r request) bool { return m.dead(r.token) })),
	finalBug("tombstones are listed", fails("*/Delete/Final", "*/Concurrent/Final", "*/All/LeavesOutDeleted"),
		onAll(func(m *memory, sessions map[string][]byte) map[string][]byte {
			m.mu.Lock()
			defer m.mu.Unlock()
			for token := range m.gone {
				sessions[token] = nil
			}
			return sessions
		})),
	finalBug("a tombstone buries the tokens that it begins", fails("*/Delete/FinalTokens"),
		on("Commit", func(m *memory, r request, next handler) reply {
			for i := range r.token {
				if i > 0 && m.dead(r.token[:i]) {
					return reply{}
				}
			}
			return next(r)
		})),
	finalBug("a tombstone is not left when the context has ended", fails("Ctx/Delete/FinalCancelled"),
		forgets("Delete", func(_ *memory, r request) bool { return r.ctx.Err() != nil })),
	finalBug("a tombstone is known in the process that has left it", fails("*/Peer/Final", "*/Peer/Linearizable"),
		func(m *memory) { keepTombstones(m, make(map[string]time.Time)) }),
	finalBug("a commit looks for a tombstone first, and then writes", fails("*/Concurrent/Final"), func(m *memory) {
		g := newMeeting()
		m.on("Commit", func(r request, next handler) reply {
			if !m.isNew(r.token) && !m.dead(r.token) && isSmall(r.data) {
				if met, _ := g.meet(r.token, "commit"); met {
					m.apply(r)
					return reply{}
				}
			}
			return next(r)
		})
		m.on("Delete", func(r request, next handler) reply {
			waiting := g.awaited(r.token) != ""
			a := next(r)
			if waiting {
				g.join(r.token, "delete")
			}
			return a
		})
	}),
	finalBug("a write that failed is made later, past the tombstone", fails("*/Fault/Final"), writesLate),
	finalBug("a session of scs comes back", fails("Manager/FinalDestroy", "Manager/FinalRenewToken"),
		on("Commit", func(m *memory, r request, next handler) reply {
			if encodedByScs(r.data) {
				m.apply(r)
				return reply{}
			}
			return next(r)
		})),
}

// TestFinalDelete: with the option, the checks that require the opposite are skipped.
func TestFinalDelete(t *testing.T) {
	for _, opts := range [][]Option{nil, {FinalDelete()}} {
		s, err := newSuite(newMemories(mutant{}.store).open, opts)
		if err != nil {
			t.Fatal(err)
		}
		given := opts != nil
		eachCheck(func(name string, m mode, g group, ck check) {
			reason := s.skipsCheck(m, g, ck, newMemory())
			skipped := !given && strings.Contains(name, "/Final") ||
				given && (strings.HasSuffix(name, "/Delete/ThenCommit") || strings.HasSuffix(name, "/Concurrent/DeleteCommit"))
			if (reason != "") != skipped {
				t.Errorf("with the option %t, %s is skipped because of %q; want it skipped: %t", given, name, reason, skipped)
			}
		})
	}
}
