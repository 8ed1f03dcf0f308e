package storetest

import (
	"math"
	"time"
)

var expiryMutants = []mutant{
	bug("the first expiry stays", fails("*/Commit/ExpiryLonger", "*/Commit/ExpiryShorter", "Manager/IdleTimeout"),
		changes(func(m *memory, old, s *session) {
			if old != nil && m.live(old.expiry) {
				s.expiry = old.expiry
			}
		})),
	bug("an expiry is never shortened", fails("*/Commit/ExpiryShorter", "*/Commit/PastExpiry", "Manager/Lifetime"),
		changes(func(_ *memory, old, s *session) {
			if old != nil && old.expiry.After(s.expiry) {
				s.expiry = old.expiry
			}
		})),
	bug("a commit with an expiry in the past is left out", fails("*/All/LeavesOutPastExpiry", "*/Commit/PastExpiry", "*/Commit/ZeroTime"),
		drops(inPast)),
	bug("an expiry in the past means for ever", fails("*/All/LeavesOutPastExpiry", "*/Commit/NowExpiry", "*/Commit/PastExpiry", "*/Commit/TimeZone"),
		immortal(func(left time.Duration) bool { return left <= 0 })),
	bug("the zero time means for ever", fails("*/Commit/ZeroTime"),
		immortal(func(left time.Duration) bool { return left == math.MinInt64 })),
	bug("no full second left means for ever", fails("*/Commit/NowExpiry", "Manager/Lifetime"),
		immortal(func(left time.Duration) bool { return left <= 0 && left > -1900*time.Millisecond })),
	bug("an expiry in the future is rounded up to the second", fails("*/Commit/SubSecond"),
		changes(func(m *memory, _, s *session) {
			if m.live(s.expiry) {
				s.expiry = roundUp(time.Second)(s.expiry)
			}
		})),
	bug("an expiry is rounded down to the second", fails("*/Commit/SubSecond"), changesExpiry(roundDown(time.Second))),
	bug("the token of an expired session cannot be used again", fails("*/Commit/AfterExpiry"),
		drops(func(m *memory, old, _ *session) bool { return old != nil && !m.live(old.expiry) })),
	bug("more than 30 days are taken for a date", fails("*/Commit/LongExpiries"),
		changes(func(m *memory, _, s *session) {
			if left := s.expiry.Sub(m.now()); left > 30*24*time.Hour {
				s.expiry = time.Unix(int64(left.Seconds()), 0)
			}
		})),
	advancedOnly(bug("an expiry is 30 days ahead at most", fails("*/Commit/LongExpiries"),
		changes(func(m *memory, _, s *session) {
			if most := m.now().AddDate(0, 0, 30); s.expiry.After(most) {
				s.expiry = most
			}
		}))),
	bug("an expiry is 32 bits of seconds", fails("*/Commit/FarExpiry", "*/Commit/LongExpiries"),
		changesExpiry(func(e time.Time) time.Time { return time.Unix(int64(int32(e.Unix())), int64(e.Nanosecond())) })),
	bug("a commit for more than 292 years is dropped", fails("*/Commit/Year9999"),
		drops(func(m *memory, _, s *session) bool { return s.expiry.Sub(m.now()) == math.MaxInt64 })),
	bug("an expiry is written as local time and read as UTC", fails("*/Commit/LocalTime"),
		changesExpiry(func(e time.Time) time.Time { return dropZone(e.Local(), time.UTC) })),
	bug("the time zone of an expiry is dropped", fails("*/Commit/TimeZone"),
		changesExpiry(func(e time.Time) time.Time { return dropZone(e, time.Local) })),
}

func inPast(m *memory, _, s *session) bool { return !m.live(s.expiry) }

// immortal makes a session live for ever if f returns true for the time left.
func immortal(f func(left time.Duration) bool) func(m *memory) {
	return changes(func(m *memory, _, s *session) {
		if f(s.expiry.Sub(m.now())) {
			s.expiry = m.now().AddDate(50, 0, 0)
		}
	})
}

// dropZone returns the time at which clocks in zone show what t shows.
func dropZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}
