package adaptertest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testSlowRequest: a request commits its session after another has deleted it.
// Without the options the session comes back.
func (l logout) testSlowRequest(t *testing.T) {
	for _, prefix := range []string{"slow:", "{slow}:"} {
		for _, set := range []setting{plain, tombstone, users} {
			slow, other := l.with(t, prefix, set), l.with(t, prefix, set)
			for range 10 {
				token, data := newToken(), sessionOf(t, "anna")
				MustCommit(t, other, token, data)
				WantFound(t, slow, token, data)
				mustDelete(t, other, token)
				MustCommit(t, slow, token, data)
				for _, s := range []Store{slow, other} {
					if _, found, err := s.Find(token); found != (set == plain) || err != nil {
						t.Errorf("prefix %s, %s: Find after a late Commit = %v, %v; want %v", prefix, set.name, found, err, set == plain)
					}
				}
			}
		}
	}
}

// testTombstones: each deleted session leaves one key, which expires, is no session,
// and is on the session's server: else a Cluster would refuse the script.
func (l logout) testTombstones(t *testing.T) {
	const n = 30
	for _, prefix := range []string{"tomb:", "{tomb}:"} {
		s := l.with(t, prefix, tombstone)
		tokens := make([]string, n)
		for i := range tokens {
			tokens[i] = newToken()
			MustCommit(t, s, tokens[i], "data")
			mustDelete(t, s, tokens[i])
			mustDelete(t, s, tokens[i])
		}
		keys := l.keys(t, prefix)
		if len(keys) != n {
			t.Errorf("prefix %s: %d keys after %d logouts; want a tombstone for each", prefix, len(keys), n)
		}
		for key, ttl := range keys {
			if ttl < 1 || ttl > time.Minute {
				t.Errorf("prefix %s: a tombstone that lives for %v; want a minute", prefix, ttl)
			}
			WantMissing(t, s, key[len(prefix):])
		}
		WantListed(t, s, nil)
		for _, token := range []string{"{", "}", "a{b}c", "{" + tokens[0] + "}"} {
			if err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour)); err == nil {
				t.Errorf("Commit(%q) = nil; want an error", token)
			}
			WantMissing(t, s, token)
			mustDelete(t, s, token)
		}
	}
}

// testMoving: the slot of a session, its tombstone and the index moves. Until all its
// keys have moved, a server refuses a script on a session and its tombstone if it has
// only one of them.
func (l logout) testMoving(t *testing.T) {
	Long(t)
	const prefix = "{moving}:"
	s, data := l.with(t, prefix, users), sessionOf(t, "anna")
	for range 200 { // stay
		MustCommit(t, s, newToken(), data)
	}
	m := new(migration)
	for range 4 {
		m.run(t, func() error {
			err := callInOrder(s, newToken(), data, "Commit", "Delete", "Commit", "Find")
			if !errors.Is(err, ErrMissing) {
				return fmt.Errorf("the calls end with %v; want no session found", err)
			}
			m.used.Add(1)
			return nil
		})
	}
	slot := l.primaries[0].KeySlot(t, prefix)
	moved := 0
	for from := owner(slot); moved < 20 && !t.Failed(); moved++ {
		redistest.MoveSlot(t, l.primaries, slot, l.primaries[(from+moved)%3], l.primaries[(from+moved+1)%3])
		before := m.used.Load()
		redistest.Poll(t, "calls are made after the move", func() bool { return m.used.Load() > before+10 || t.Failed() })
	}
	m.end()
	t.Logf("a slot moved %d times; %d sessions", moved, m.used.Load())
}

// testCachedLogout: a session that this process has deleted is not found in its
// cache.
func (l logout) testCachedLogout(t *testing.T) {
	l.target.Cache = time.Hour
	for _, set := range []setting{tombstone, users} {
		s, other := l.with(t, "cached:", set), l.with(t, "cached:", plain)
		for range 300 {
			token, data := newToken(), sessionOf(t, "anna")
			MustCommit(t, other, token, data)
			for range 3 {
				WantFound(t, s, token, data)
			}
			mustDelete(t, s, token)
			WantMissing(t, s, token)
		}
	}
}
