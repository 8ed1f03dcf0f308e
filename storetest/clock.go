package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

const (
	// A session with the short lifetime is meant to expire within the check: the
	// first when the check has to sleep, the other when Advance moves the clock.
	shortSlept    = 400 * time.Millisecond
	shortAdvanced = time.Hour

	// Many calls at the same time, or one that was given up, may take so long to arrive.
	// Their sessions may live as long as was left when the calls began.
	arriving = time.Second

	// A session with the long lifetime outlives every check.
	longLifetime = 24 * time.Hour
)

// clock is the time of the store that a check works on.
type clock struct {
	advance    func(d time.Duration) // nil: time passes by itself
	resolution time.Duration         // to which the store rounds an expiry, up or down
	start      time.Time             // when the check began, before its first call
	moved      time.Duration         // the sum of all advances
	slowest    atomic.Int64          // nanoseconds that a Commit has taken
}

// of makes it the clock of a store.
func (k *clock) of(s *suite, tb testing.TB, store scs.Store) {
	if s.advance != nil {
		k.advance = func(d time.Duration) { s.advance(tb, store, d) }
	}
}

// early and late say how much too soon or too late a session may expire, because the store
// rounds its expiry or reads another machine's clock. A store that sends a lifetime to its
// backend is late by the time that its Commit was on the way.
func (k *clock) early() time.Duration { return 50*time.Millisecond + k.resolution }
func (k *clock) late() time.Duration {
	return 100*time.Millisecond + k.resolution + time.Duration(k.slowest.Load())
}

// committed notes a Commit that began then and has just ended.
func (k *clock) committed(begun time.Time) {
	took := int64(time.Since(begun))
	for slowest := k.slowest.Load(); took > slowest && !k.slowest.CompareAndSwap(slowest, took); {
		slowest = k.slowest.Load()
	}
}

// now returns a time that the store's clock has not passed yet.
func (k *clock) now() time.Time { return time.Now().Add(k.moved) }

// before reports whether an expiry certainly lies ahead: read after a call, it
// says that the session had not expired during the call, however slow that was.
func (k *clock) before(expiry time.Time) bool { return k.now().Add(k.early()).Before(expiry) }

// short returns an expiry to wait for, long one that does not come during a check. A check
// takes all its short ones before it waits: an Advance may age only the sessions that
// are there (miniredis), and does not move the clock for later ones.
func (k *clock) short() time.Time {
	if k.advance != nil {
		// A full second: what rounds to one fails Commit/SubSecond alone.
		return k.now().Add(shortAdvanced).Truncate(time.Second)
	}
	return k.now().Add(k.lifetime())
}

// lifetime is what a session with a short expiry has, about.
func (k *clock) lifetime() time.Duration {
	if k.advance != nil {
		return shortAdvanced
	}
	return shortSlept + 2*k.resolution
}

func (k *clock) long() time.Time { return k.now().Add(longLifetime) }

// past returns an expiry that has certainly passed.
func (k *clock) past() time.Time { return k.now().Add(-2*time.Second - k.resolution) }

// moveTo makes the clock say t, if it does not yet.
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
	// Counted from the start of the check and not from now, for an Advance that
	// ages sessions: the time since the commit has not aged them.
	if d := expiry.Add(k.late()).Sub(k.start) - k.moved; d > 0 {
		k.advance(d)
		k.moved += d
	}
}
