package storetest

import (
	"context"
	"strings"
	"time"
)

var commitChecks = []check{
	{name: "New", run: func(c *checker) {
		c.wantEach(c.sessions(newToken(), "-"+newToken()[1:], "_"+newToken()[1:], "0"+newToken()[1:]))
	}},
	{name: "OverwriteShorter", run: overwrite("a long value", "short")},
	{name: "OverwriteLonger", run: overwrite("short", "a long value")},
	{name: "KeepsOthers", run: func(c *checker) {
		others := c.sessions(newTokens(9)...)
		c.commit(c.session("old"), "newer")
		c.wantEach(others)
	}},
	{name: "EmptyData", run: func(c *checker) { c.wantFound(c.session(""), "") }},
	{name: "NilData", run: func(c *checker) {
		for _, token := range []string{newToken(), c.session("abc")} {
			k := c.longCall(token, "")
			k.data = nil
			c.must(k)
			c.wantFound(token, "")
		}
	}},
	{name: "Binary", run: func(c *checker) {
		data := strings.Repeat(allBytes(), 2)
		c.wantFound(c.session(data), data)
	}},
	{name: "Large", run: func(c *checker) {
		token, b := newToken(), make([]byte, 0, 1<<20)
		for i, all := 0, allBytes(); len(b) < cap(b); i++ {
			k := (i + i>>8) % len(all) // all parts of 64 KiB differ
			b = append(append(b, all[k:]...), all[:k]...)
		}
		if c.tryCommit(token, string(b), c.clock.long()) != nil {
			c.wantMissing(token)
			return
		}
		c.wantFound(token, string(b))
	}},
	{name: "SimilarTokens", run: func(c *checker) { c.wantEach(c.sessions(similarTokens(c)...)) }},
	{name: "TokenBytes", run: func(c *checker) {
		tokens, owners := oddTokens(c), make(owners)
		stored := owners.commit(c, tokens)
		for _, token := range tokens {
			r := c.tryFind(token)
			data, ok := stored[token]
			switch {
			case ok:
				owners.blame(c, token, r.data)
				c.judgeFound(token, r, data)
			case r.found && r.err == nil: // the checks of Find judge errors
				owners.blame(c, token, r.data)
				c.failFind(token, r, "nil, false, nil")
			}
		}
	}},
	{name: "InputNotModified", run: commitInputNotModified},
	{name: "TwoStores", run: func(c *checker) {
		d, token := c.second(), newToken()
		c.commit(token, "abc")
		d.wantMissing(token)
		d.commit(token, "xyz")
		c.wantFound(token, "abc")
		d.delete(token)
		c.wantFound(token, "abc")
	}},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		c.wantFound(liveContext(c).session("abc"), "abc")
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		for _, ended := range endedContexts(c) {
			token := c.session("old")
			if ended.tryCommit(token, "newer", c.clock.long()) == nil {
				c.wantFound(token, "newer")
				continue
			}
			c.wantOneOf(token, sessionOf("old"), sessionOf("newer"))
		}
	}},
	{name: "CancelledLater", ctxOnly: true, run: func(c *checker) {
		ctx, cancel := context.WithCancel(context.Background())
		token := c.with(ctx, "context cancelled after the call").session("abc")
		cancel()
		c.wantFound(token, "abc")
	}},
	{name: "CancelledDuring", ctxOnly: true, timed: true, run: commitCancelledDuring},
}

// overwrite tests that new data replaces data of another length.
func overwrite(old, newer string) func(c *checker) {
	return func(c *checker) {
		token := c.session(old)
		c.commit(token, newer)
		c.wantFound(token, newer)
	}
}

func allBytes() string {
	var b []byte
	for i := range 256 {
		b = append(b, byte(i))
	}
	return string(b)
}

func commitCancelledDuring(c *checker) {
	const most = 200
	took := longLifetime // how long a Commit takes
	for range 3 {
		start := time.Now()
		c.session("abc")
		took = min(took, time.Since(start))
	}
	var tokens []string
	var short time.Time
	roundsUpTo(most, func(i int) {
		token := newToken()
		tokens = append(tokens, token)
		short = c.clock.short()
		d, cancel := c.cancelledAfter(spread(i, 2*took))
		defer cancel()
		_ = d.tryCommit(token, "abc", short)
	})
	c.pass(short.Add(arriving))
	for _, token := range tokens {
		c.wantMissing(token)
	}
}

func commitInputNotModified(c *checker) {
	const whole = "first|behind its end"
	b := []byte(whole)
	unchanged := func(token, last string) {
		if string(b) != whole {
			c.failf("%s: the caller's slice and what is behind its end are now %q; want %q", c.story(token, last), b, whole)
			c.stop()
		}
	}
	k := c.longCall(newToken(), "")
	k.data = b[:5]
	c.must(k)
	unchanged(k.token, c.popLast())
	c.wantFound(k.token, "first")
	unchanged(k.token, c.text(findCall(k.token)))
	// Longer data, because a store may reuse the slice of an earlier Commit.
	c.commit(k.token, "a longer second")
	unchanged(k.token, c.popLast())
	c.delete(k.token)
	unchanged(k.token, c.popLast())
}
