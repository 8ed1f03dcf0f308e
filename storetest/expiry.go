package storetest

import (
	"math"
	"time"
)

// expiryChecks are the checks of Commit that are about its expiry.
var expiryChecks = []check{
	{name: "ExpiryLonger", timed: true, run: func(c *checker) {
		token, short := c.shortSession("first")
		c.commit(token, "second")
		c.pass(short)
		c.wantFound(token, "second")
	}},
	{name: "ExpiryShorter", timed: true, run: func(c *checker) {
		token, short := c.session("first"), c.clock.short()
		c.commitUntil(token, "second", short)
		c.pass(short)
		c.wantMissing(token)
	}},
	{name: "AfterExpiry", timed: true, run: func(c *checker) {
		token, short := c.shortSession("first")
		c.pass(short)
		c.commit(token, "second")
		c.wantFound(token, "second")
	}},
	{name: "PastExpiry", run: func(c *checker) {
		wantGone(c, c.clock.past())
		wantGone(c, c.clock.now().Add(-24*time.Hour))
	}},
	{name: "ZeroTime", run: func(c *checker) { wantGone(c, time.Time{}) }},
	{name: "NowExpiry", timed: true, run: func(c *checker) {
		token, now := newToken(), c.clock.now()
		_ = c.tryCommit(token, "abc", now) // the store may refuse it like a past expiry
		c.pass(now)
		c.wantMissing(token)
	}},
	{name: "SubSecond", timed: true, exact: true, run: func(c *checker) {
		expirySubSecond(c, func() *checker { return c })
	}},
	{name: "FarExpiry", run: func(c *checker) {
		token, far := newToken(), c.clock.now().AddDate(100, 0, 0)
		if c.tryCommit(token, "abc", far) != nil {
			c.wantMissing(token)
			return
		}
		c.wantFoundUntil(token, "abc", far)
	}},
	{name: "LongExpiries", timed: true, run: longExpiries},
	// memstore counts nanoseconds in 64 bits, which end in 2262: this session expires at
	// once there. So it need not be found.
	{name: "Year9999", run: func(c *checker) {
		token := c.session("old")
		if c.tryCommit(token, "newer", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)) != nil {
			return
		}
		c.wantOneOf(token, sessionOf("newer"), noSession)
	}},
	{name: "TimeZone", run: func(c *checker) {
		tokens := newTokens(2)
		// In these zones the wall clock shows a time on the other side of now.
		live := c.clock.now().Add(time.Hour).In(time.FixedZone("UTC-12", -12*60*60))
		c.commitUntil(tokens[0], "abc", live)
		c.wantFoundUntil(tokens[0], "abc", live)
		past := c.clock.now().Add(-time.Hour).In(time.FixedZone("UTC+14", 14*60*60))
		_ = c.tryCommit(tokens[1], "abc", past)
		c.wantMissing(tokens[1])
	}},
	{name: "LocalTime", run: func(c *checker) {
		if _, offset := c.clock.now().Zone(); offset == 0 {
			c.tb.Skip("this check cannot tell where the local time is UTC: run it with TZ=America/New_York and TZ=Asia/Tokyo too")
		}
		tokens := newTokens(2)
		live := c.clock.now().Add(10 * time.Minute)
		c.commitUntil(tokens[0], "abc", live.UTC()) // as scs passes it
		c.wantFoundUntil(tokens[0], "abc", live)
		_ = c.tryCommit(tokens[1], "abc", c.clock.now().Add(-10*time.Minute).UTC())
		c.wantMissing(tokens[1])
	}},
}

func longExpiries(c *checker) {
	start := c.clock.now().Truncate(time.Second)
	expiries := []time.Time{start.AddDate(0, 0, 31), start.AddDate(1, 0, 0), start.AddDate(max(13, 2039-start.Year()), 0, 0)}
	tokens, refused := newTokens(len(expiries)), make([]bool, len(expiries))
	for i, expiry := range expiries {
		err := c.tryCommit(tokens[i], "abc", expiry)
		if refused[i] = err != nil; !refused[i] {
			c.wantFoundUntil(tokens[i], "abc", expiry)
			continue
		}
		if expiry.Before(time.Unix(math.MaxInt32, 0)) {
			c.failLast(tokens[i], "nil")
		}
		c.wantMissing(tokens[i])
	}
	for i, expiry := range expiries {
		if c.clock.advance == nil || refused[i] {
			continue
		}
		c.clock.moveTo(expiry.Add(-time.Minute))
		c.remember(tokens[i], "all but a minute of that passes")
		c.wantFoundUntil(tokens[i], "abc", expiry)
		c.clock.pass(expiry)
		c.remember(tokens[i], "the minute passes")
		c.wantMissing(tokens[i])
	}
}

// wantGone demands that a commit with a past expiry ends an old session and creates none.
// The store may delete the old session, or refuse the commit with an error and keep it.
// Manager/Lifetime fails for such an error.
func wantGone(c *checker, expiry time.Time) {
	missing := newToken()
	_ = c.tryCommit(missing, "abc", expiry)
	c.wantMissing(missing)
	token := c.session("old")
	if c.tryCommit(token, "abc", expiry) == nil {
		c.wantMissing(token)
	} else {
		c.wantOneOf(token, sessionOf("old"), noSession)
	}
}

// expirySubSecond tests an expiry at half a second. between may return a checker over
// another store of the same sessions.
func expirySubSecond(c *checker, between func() *checker) {
	// The expiry is half a second after a full second, so any rounding to seconds is half
	// a second wrong. The check looks for the session when that full second has passed.
	const half = time.Second / 2
	var expiry time.Time
	switch {
	case c.clock.resolution > 0:
		expiry = c.clock.short()
	case c.clock.advance != nil:
		expiry = c.clock.short().Add(half)
	default:
		if now := c.clock.now(); now.Sub(now.Truncate(time.Second)) > half/2 {
			c.clock.moveTo(now.Truncate(time.Second).Add(time.Second))
		}
		expiry = c.clock.now().Truncate(time.Second).Add(half)
	}
	token := newToken()
	c.commitUntil(token, "abc", expiry)
	c = between()
	if c.clock.advance != nil {
		c.clock.moveTo(expiry.Add(-half*8/10 - c.clock.resolution))
	}
	c.wantFoundUntil(token, "abc", expiry)
	c.pass(expiry)
	c.wantMissing(token)
}
