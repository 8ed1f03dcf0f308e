package storetest

import (
	"math"
	"time"
)

var expiryMutants = []mutant{
	{
		name:  "the first expiry stays",
		fails: []string{"*/Commit/ExpiryLonger", "*/Commit/ExpiryShorter", "Manager/IdleTimeout"},
		bug: onCommit(func(m *memory, old session, exists bool, s *session) bool {
			if exists && m.live(old) {
				s.expiry = old.expiry
			}
			return false
		}),
	},
	{
		name:  "an expiry is never shortened",
		fails: []string{"*/Commit/ExpiryShorter", "*/Commit/PastExpiry", "Manager/Lifetime"},
		bug: onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if exists && old.expiry.After(s.expiry) {
				s.expiry = old.expiry
			}
			return false
		}),
	},
	{
		name:  "a commit with an expiry in the past is left out",
		fails: []string{"*/All/LeavesOutPastExpiry", "*/Commit/PastExpiry", "*/Commit/ZeroTime"},
		bug:   onCommit(func(m *memory, _ session, _ bool, s *session) bool { return !m.live(*s) }),
	},
	{
		name:  "an expiry in the past means for ever",
		fails: []string{"*/All/LeavesOutPastExpiry", "*/Commit/NowExpiry", "*/Commit/PastExpiry", "*/Commit/TimeZone"},
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if !m.live(*s) {
				s.expiry = m.now().AddDate(50, 0, 0)
			}
			return false
		}),
	},
	{
		name:  "the zero time means for ever",
		fails: []string{"*/Commit/ZeroTime"},
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if s.expiry.IsZero() {
				s.expiry = m.now().AddDate(50, 0, 0)
			}
			return false
		}),
	},
	{
		name:  "no full second left means for ever",
		fails: []string{"*/Commit/NowExpiry", "Manager/Lifetime"},
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if d := s.expiry.Sub(m.now()); d <= 0 && d > -1900*time.Millisecond {
				s.expiry = m.now().AddDate(50, 0, 0)
			}
			return false
		}),
	},
	{
		name:  "an expiry in the future is rounded up to the second",
		fails: []string{"*/Commit/SubSecond"},
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if m.live(*s) {
				s.expiry = s.expiry.Add(time.Second - time.Nanosecond).Truncate(time.Second)
			}
			return false
		}),
	},
	{
		name:      "an expiry is rounded down to the second",
		sleptOnly: true,
		fails:     []string{"*/Commit/SubSecond", "*/Find/NotProlonged", "Manager/IdleTimeout"},
		bug: onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = s.expiry.Truncate(time.Second)
			return false
		}),
	},
	{
		name:  "the token of an expired session cannot be used again",
		fails: []string{"*/Commit/AfterExpiry"},
		bug: onCommit(func(m *memory, old session, exists bool, _ *session) bool {
			return exists && !m.live(old)
		}),
	},
	{
		name:  "more than 30 days are taken for a date",
		fails: []string{"*/Commit/LongExpiries"},
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if left := s.expiry.Sub(m.now()); left > 30*24*time.Hour {
				s.expiry = time.Unix(int64(left.Seconds()), 0)
			}
			return false
		}),
	},
	{
		name:  "an expiry is 30 days ahead at most",
		fails: []string{"*/Commit/LongExpiries"}, advancedOnly: true,
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			if most := m.now().AddDate(0, 0, 30); s.expiry.After(most) {
				s.expiry = most
			}
			return false
		}),
	},
	{
		name:  "an expiry is 32 bits of seconds",
		fails: []string{"*/Commit/FarExpiry", "*/Commit/LongExpiries"},
		bug: onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = time.Unix(int64(int32(s.expiry.Unix())), int64(s.expiry.Nanosecond()))
			return false
		}),
	},
	{
		name:  "a commit for more than 292 years is dropped",
		fails: []string{"*/Commit/Year9999"},
		bug: onCommit(func(m *memory, _ session, _ bool, s *session) bool {
			return s.expiry.Sub(m.now()) == math.MaxInt64
		}),
	},
	{
		name:  "an expiry is written as local time and read as UTC",
		fails: []string{"*/Commit/LocalTime"},
		bug: onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = dropZone(s.expiry.Local(), time.UTC)
			return false
		}),
	},
	{
		name:  "the time zone of an expiry is dropped",
		fails: []string{"*/Commit/TimeZone"},
		bug: onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.expiry = dropZone(s.expiry, time.Local)
			return false
		}),
	},
}

// dropZone returns the time at which the clocks of another zone show what t shows.
func dropZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}
