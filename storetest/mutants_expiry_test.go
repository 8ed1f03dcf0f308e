package storetest

import (
	"math"
	"time"
)

var expiryMutants = []mutant{
	bug("the first expiry stays", fails("*/Commit/ExpiryLonger", "*/Commit/ExpiryShorter", "Manager/IdleTimeout"),
		onCommit(func(m *memory, old session, exists bool, s *session) bool {
			if exists && m.live(old) {
				s.expiry = old.expiry
			}
			return false
		})),
	bug("an expiry is never shortened", fails("*/Commit/ExpiryShorter", "*/Commit/PastExpiry", "Manager/Lifetime"),
		onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if exists && old.expiry.After(s.expiry) {
				s.expiry = old.expiry
			}
			return false
		})),
	bug("a commit with an expiry in the past is left out", fails("*/All/LeavesOutPastExpiry", "*/Commit/PastExpiry", "*/Commit/ZeroTime"),
		onCommit(func(m *memory, _ session, _ bool, s *session) bool { return !m.live(*s) })),
	bug("an expiry in the past means for ever", fails("*/All/LeavesOutPastExpiry", "*/Commit/NowExpiry", "*/Commit/PastExpiry", "*/Commit/TimeZone"),
		immortal(func(_ time.Time, left time.Duration) bool { return left <= 0 })),
	bug("the zero time means for ever", fails("*/Commit/ZeroTime"),
		immortal(func(expiry time.Time, _ time.Duration) bool { return expiry.IsZero() })),
	bug("no full second left means for ever", fails("*/Commit/NowExpiry", "Manager/Lifetime"),
		immortal(func(_ time.Time, left time.Duration) bool { return left <= 0 && left > -1900*time.Millisecond })),
	bug("an expiry in the future is rounded up to the second", fails("*/Commit/SubSecond"),
		onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if m.live(*s) {
				s.expiry = roundUp(time.Second)(s.expiry)
			}
			return false
		})),
	sleptOnly(bug("an expiry is rounded down to the second", fails("*/Commit/SubSecond", "*/Find/NotProlonged", "Manager/IdleTimeout"),
		changesExpiry(roundDown(time.Second)))),
	bug("the token of an expired session cannot be used again", fails("*/Commit/AfterExpiry"),
		onCommit(func(m *memory, old session, exists bool, _ *session) bool {
			return exists && !m.live(old)
		})),
	bug("more than 30 days are taken for a date", fails("*/Commit/LongExpiries"), onCommit(func(m *memory, _ session, _ bool, s *session) bool {
		if left := s.expiry.Sub(m.now()); left > 30*24*time.Hour {
			s.expiry = time.Unix(int64(left.Seconds()), 0)
		}
		return false
	})),
	advancedOnly(bug("an expiry is 30 days ahead at most", fails("*/Commit/LongExpiries"), onCommit(func(m *memory, _ session, _ bool, s *session) bool {
		if most := m.now().AddDate(0, 0, 30); s.expiry.After(most) {
			s.expiry = most
		}
		return false
	}))),
	bug("an expiry is 32 bits of seconds", fails("*/Commit/FarExpiry", "*/Commit/LongExpiries"),
		changesExpiry(func(e time.Time) time.Time { return time.Unix(int64(int32(e.Unix())), int64(e.Nanosecond())) })),
	bug("a commit for more than 292 years is dropped", fails("*/Commit/Year9999"),
		onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			return s.expiry.Sub(m.now()) == math.MaxInt64
		})),
	bug("an expiry is written as local time and read as UTC", fails("*/Commit/LocalTime"),
		changesExpiry(func(e time.Time) time.Time { return dropZone(e.Local(), time.UTC) })),
	bug("the time zone of an expiry is dropped", fails("*/Commit/TimeZone"),
		changesExpiry(func(e time.Time) time.Time { return dropZone(e, time.Local) })),
}

// immortal makes a session live for ever if f returns true for its expiry and the time
// left.
func immortal(f func(expiry time.Time, left time.Duration) bool) func(m *memory) {
	return onCommit(func(m *memory, _ session, _ bool, s *session) bool {
		if f(s.expiry, s.expiry.Sub(m.now())) {
			s.expiry = m.now().AddDate(50, 0, 0)
		}
		return false
	})
}

// dropZone returns the time at which clocks in zone show what t shows.
func dropZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}
