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
		onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if !m.live(*s) {
				s.expiry = m.now().AddDate(50, 0, 0)
			}
			return false
		})),
	bug("the zero time means for ever", fails("*/Commit/ZeroTime"), onCommit(func(m *memory, _ session, _ bool, s *session) bool {
		if s.expiry.IsZero() {
			s.expiry = m.now().AddDate(50, 0, 0)
		}
		return false
	})),
	bug("no full second left means for ever", fails("*/Commit/NowExpiry", "Manager/Lifetime"),
		onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if d := s.expiry.Sub(m.now()); d <= 0 && d > -1900*time.Millisecond {
				s.expiry = m.now().AddDate(50, 0, 0)
			}
			return false
		})),
	bug("an expiry in the future is rounded up to the second", fails("*/Commit/SubSecond"),
		onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if m.live(*s) {
				s.expiry = s.expiry.Add(time.Second - time.Nanosecond).Truncate(time.Second)
			}
			return false
		})),
	sleptOnly(bug("an expiry is rounded down to the second", fails("*/Commit/SubSecond", "*/Find/NotProlonged", "Manager/IdleTimeout"),
		onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = s.expiry.Truncate(time.Second)
			return false
		}))),
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
		onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = time.Unix(int64(int32(s.expiry.Unix())), int64(s.expiry.Nanosecond()))
			return false
		})),
	bug("a commit for more than 292 years is dropped", fails("*/Commit/Year9999"),
		onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			return s.expiry.Sub(m.now()) == math.MaxInt64
		})),
	bug("an expiry is written as local time and read as UTC", fails("*/Commit/LocalTime"),
		onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = dropZone(s.expiry.Local(), time.UTC)
			return false
		})),
	bug("the time zone of an expiry is dropped", fails("*/Commit/TimeZone"), onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
		s.expiry = dropZone(s.expiry, time.Local)
		return false
	})),
}

// dropZone returns the time at which the clocks of another zone show what t shows.
func dropZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}
