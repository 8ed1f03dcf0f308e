package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// deletesForGood is what FinalDelete is about: a deleted token is dead in all processes.
func deletesForGood(m *memory) { keepTombstones(m, m.gone) }

func keepTombstones(m *memory, gone map[string]time.Time) {
	m.delete = func(_ context.Context, token string) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.down != nil {
			return m.down
		}
		delete(m.items, token)
		gone[token] = m.now().Add(5 * time.Minute)
		return nil
	}
	m.commit = func(_ context.Context, token string, b []byte, expiry time.Time) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.down != nil || m.now().Before(gone[token]) {
			return m.down
		}
		m.items[token] = session{bytes.Clone(b), expiry}
		return nil
	}
}

// dead reports whether a token has a tombstone.
func (m *memory) dead(token string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now().Before(m.gone[token])
}

// forget removes a tombstone.
func (m *memory) forget(token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.gone, token)
}

// finalMutant is a mutant that keeps tombstones, and then has a bug.
func finalMutant(name string, bug func(m *memory), fails ...string) mutant {
	return mutant{
		name: name, fails: fails, opts: []Option{FinalDelete()},
		bug: func(m *memory) {
			deletesForGood(m)
			bug(m)
		},
	}
}

var finalMutants = []mutant{
	{
		name: "a deleted token can be committed again, against the promise",
		opts: []Option{FinalDelete()},
		fails: []string{
			"*/*/Final", "*/Delete/FinalMissing", "*/Delete/FinalTokens", "*/Delete/FinalCancelled",
			"*/*/Linearizable", "Manager/FinalDestroy", "Manager/FinalRenewToken",
		},
	},
	finalMutant("a tombstone is left for a session only", func(m *memory) {
		del := m.delete
		m.delete = func(ctx context.Context, token string) error {
			_, exists := m.get(token)
			err := del(ctx, token)
			if !exists {
				m.forget(token)
			}
			return err
		}
	}, "*/Delete/Final", "*/Delete/FinalMissing"),
	finalMutant("a commit with a past expiry removes the tombstone", func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			err := commit(ctx, token, b, expiry)
			if !expiry.After(time.Now()) {
				m.forget(token)
			}
			return err
		}
	}, "*/Delete/Final"),
	finalMutant("a commit of a dead token is an error", func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if m.dead(token) {
				return errors.New("mutant: session was deleted")
			}
			return commit(ctx, token, b, expiry)
		}
	}, "*/Delete/Final*", "*/Concurrent/Final", "*/Concurrent/Linearizable", "*/Peer/Final", "*/Peer/Linearizable", "Manager/FinalDestroy", "Manager/FinalRenewToken"),
	finalMutant("tombstones are listed", onAll(func(m *memory, sessions map[string][]byte) map[string][]byte {
		for token := range m.gone {
			sessions[token] = nil
		}
		return sessions
	}), "*/Delete/Final", "*/Concurrent/Final", "*/All/LeavesOutDeleted"),
	finalMutant("a tombstone buries the tokens that it begins", func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			for i := range token {
				if i > 0 && m.dead(token[:i]) {
					return nil
				}
			}
			return commit(ctx, token, b, expiry)
		}
	}, "*/Delete/FinalTokens"),
	finalMutant("a tombstone is not left when the context has ended", func(m *memory) {
		del := m.delete
		m.delete = func(ctx context.Context, token string) error {
			err := del(ctx, token)
			if ctx.Err() != nil {
				m.forget(token)
			}
			return err
		}
	}, "Ctx/Delete/FinalCancelled"),
	finalMutant("a tombstone is known in the process that has left it", func(m *memory) {
		keepTombstones(m, make(map[string]time.Time))
	}, "*/Peer/Final", "*/Peer/Linearizable"),
	finalMutant("a commit looks for a tombstone first, and then writes", func(m *memory) {
		g, commit, del := newMeeting(), m.commit, m.delete
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if _, exists := m.get(token); exists && !m.dead(token) && isSmall(b) {
				if met, _ := g.meet(token, "commit"); met {
					write{token, bytes.Clone(b), expiry}.apply(m)
					return nil
				}
			}
			return commit(ctx, token, b, expiry)
		}
		m.delete = func(ctx context.Context, token string) error {
			g.mu.Lock()
			w := g.waiting[token]
			g.mu.Unlock()
			err := del(ctx, token)
			if w != nil {
				g.meet(token, "delete")
			}
			return err
		}
	}, "*/Concurrent/Final"),
	finalMutant("a write that failed is made later, past the tombstone", writesLate, "*/Fault/Final"),
	finalMutant("a session of scs comes back", func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if ofScs(b) {
				m.forget(token)
			}
			return commit(ctx, token, b, expiry)
		}
	}, "Manager/FinalDestroy", "Manager/FinalRenewToken"),
}

// TestFinalDelete: the option takes the place of the checks that ask for the opposite.
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
