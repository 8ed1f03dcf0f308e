package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

const (
	// A session with a short lifetime expires during the check: shortSlept is for checks
	// that sleep, shortAdvanced for those whose clock Advance moves.
	shortSlept    = 400 * time.Millisecond
	shortAdvanced = time.Hour

	// Calls may take this time to reach the backend if there are many, or if their
	// context has ended. A session may live longer by this time.
	arriving = time.Second

	// A session with the long lifetime outlives every check.
	longLifetime = 24 * time.Hour
)

// clock is the clock of the store that a check uses.
type clock struct {
	advance    func(d time.Duration) // nil: time passes by itself
	resolution time.Duration         // the store rounds an expiry to it, up or down
	start      time.Time             // when the check began, before its first call
	moved      time.Duration         // the sum of all advances
	slowest    atomic.Int64          // the longest Commit, in nanoseconds
}

// useStore makes Advance move the time of a store.
func (k *clock) useStore(s *suite, tb testing.TB, store scs.Store) {
	if s.advance != nil {
		k.advance = func(d time.Duration) { s.advance(tb, store, d) }
	}
}

// early and late say how much too early or too late a session may expire: the store may
// round the expiry or read another machine's clock. If it sends a lifetime to its
// backend, the session is also late by the time that the Commit took.
func (k *clock) early() time.Duration { return 50*time.Millisecond + k.resolution }
func (k *clock) late() time.Duration {
	return 100*time.Millisecond + k.resolution + time.Duration(k.slowest.Load())
}

// committed records how long a Commit took, if it is the slowest so far.
func (k *clock) committed(begun time.Time) {
	took := int64(time.Since(begun))
	for slowest := k.slowest.Load(); took > slowest && !k.slowest.CompareAndSwap(slowest, took); {
		slowest = k.slowest.Load()
	}
}

// now returns a time that the store's clock has not passed yet.
func (k *clock) now() time.Time { return time.Now().Add(k.moved) }

// before reports whether an expiry has certainly not come. If it is true after a call,
// the session had not expired during the call, however slow the call was.
func (k *clock) before(expiry time.Time) bool { return k.now().Add(k.early()).Before(expiry) }

// short returns an expiry that a check waits for, long one that does not come during a
// check. A check calls short before it waits, never after: some Advance functions age
// only the sessions that exist (miniredis), and do not move the clock for later ones.
func (k *clock) short() time.Time {
	if k.advance != nil {
		// A full second, so that only Commit/SubSecond fails if a store rounds to seconds.
		return k.now().Add(shortAdvanced).Truncate(time.Second)
	}
	return k.now().Add(k.lifetime())
}

// lifetime is about how long a session with a short expiry lives.
func (k *clock) lifetime() time.Duration {
	if k.advance != nil {
		return shortAdvanced
	}
	return shortSlept + 2*k.resolution
}

func (k *clock) long() time.Time { return k.now().Add(longLifetime) }

// past returns an expiry that has certainly passed.
func (k *clock) past() time.Time { return k.now().Add(-2*time.Second - k.resolution) }

// moveTo moves the clock to t, or does nothing if t has passed.
func (k *clock) moveTo(t time.Time) {
	d := t.Sub(k.now())
	switch {
	case d <= 0:
	case k.advance == nil:
		time.Sleep(d)
	default:
		k.advance(d)
		k.moved += d
	}
}

// pass makes time pass until an expiry has certainly come.
func (k *clock) pass(expiry time.Time) {
	if k.advance == nil {
		k.moveTo(expiry.Add(k.late()))
		return
	}
	// Count from the start of the check and not from now: if Advance ages sessions, real
	// time has not aged them.
	if d := expiry.Add(k.late()).Sub(k.start) - k.moved; d > 0 {
		k.advance(d)
		k.moved += d
	}
}
