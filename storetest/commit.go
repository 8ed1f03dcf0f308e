package storetest

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

var commitChecks = []check{
	{name: "New", run: func(c *checker) {
		long := c.clock.long()
		tokens := []string{newToken(), "-" + newToken()[1:], "_" + newToken()[1:], "0" + newToken()[1:]}
		for _, token := range tokens {
			c.commit(token, []byte("abc"), long)
		}
		for _, token := range tokens {
			c.wantFound(token, []byte("abc"), long)
		}
	}},
	{name: "OverwriteShorter", run: func(c *checker) {
		token, long := c.longSession("a long value")
		c.commit(token, []byte("short"), long)
		c.wantFound(token, []byte("short"), long)
	}},
	{name: "OverwriteLonger", run: func(c *checker) {
		token, long := c.longSession("short")
		c.commit(token, []byte("a long value"), long)
		c.wantFound(token, []byte("a long value"), long)
	}},
	{name: "KeepsOthers", run: func(c *checker) {
		tokens, long := newTokens(10), c.clock.long()
		for i, token := range tokens {
			c.commit(token, fmt.Appendf(nil, "session %d", i), long)
		}
		c.commit(tokens[9], []byte("newer"), long)
		for i, token := range tokens[:9] {
			c.wantFound(token, fmt.Appendf(nil, "session %d", i), long)
		}
	}},
	{name: "EmptyData", run: func(c *checker) {
		token, long := newToken(), c.clock.long()
		c.commit(token, []byte{}, long)
		c.wantFound(token, []byte{}, long)
	}},
	{name: "NilData", run: func(c *checker) {
		tokens, long := newTokens(2), c.clock.long()
		c.commit(tokens[1], []byte("abc"), long)
		for _, token := range tokens {
			c.commit(token, nil, long)
			c.wantFound(token, []byte{}, long)
		}
	}},
	{name: "Binary", run: func(c *checker) {
		token, long := newToken(), c.clock.long()
		b := bytes.Repeat(allBytes(), 2)
		c.commit(token, b, long)
		c.wantFound(token, b, long)
	}},
	{name: "Large", run: func(c *checker) {
		token, long := newToken(), c.clock.long()
		b := make([]byte, 0, 1<<20)
		for i, all := 0, allBytes(); len(b) < cap(b); i++ {
			k := (i + i>>8) % len(all) // all parts of 64 KiB differ
			b = append(append(b, all[k:]...), all[:k]...)
		}
		if err := c.tryCommit(token, b, long); err != nil {
			c.wantMissing(token)
			return
		}
		c.wantFound(token, b, long)
	}},
	{name: "SimilarTokens", run: func(c *checker) {
		tokens, long := similarTokens(c), c.clock.long()
		for _, token := range tokens {
			c.commit(token, []byte("data of "+token), long)
		}
		for _, token := range tokens {
			c.wantFound(token, []byte("data of "+token), long)
		}
	}},
	{name: "TokenBytes", run: func(c *checker) {
		tokens, owners := oddTokens(c), make(owners)
		data := make([][]byte, len(tokens)) // nil: the store has refused the token
		for i, token := range tokens {
			if b, err := owners.commit(c, token); err == nil {
				data[i] = b
			}
		}
		for i, token := range tokens {
			b, found, err := c.tryFind(token)
			switch {
			case data[i] != nil:
				owners.blame(c, token, b)
				c.judgeFound(token, b, found, err, data[i], c.clock.long())
			case found && err == nil: // the checks of Find judge errors
				owners.blame(c, token, b)
				c.failFind(token, b, found, err, "want nil, false, nil")
			}
		}
	}},
	{name: "InputNotModified", run: commitInputNotModified},
	{name: "TwoStores", run: func(c *checker) {
		token, long := newToken(), c.clock.long()
		d := c.second()
		c.commit(token, []byte("abc"), long)
		d.wantMissing(token)
		d.commit(token, []byte("xyz"), long)
		c.wantFound(token, []byte("abc"), long)
		d.delete(token)
		c.wantFound(token, []byte("abc"), long)
	}},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		token, long := newToken(), c.clock.long()
		liveContext(c).commit(token, []byte("abc"), long)
		c.wantFound(token, []byte("abc"), long)
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		for _, ended := range endedContexts(c) {
			token, long := c.longSession("old")
			if err := ended.tryCommit(token, []byte("newer"), long); err == nil {
				c.wantFound(token, []byte("newer"), long)
				continue
			}
			c.wantOneOf(token, sessionOf("old"), sessionOf("newer"))
		}
	}},
	{name: "CancelledLater", ctxOnly: true, run: func(c *checker) {
		token, long := newToken(), c.clock.long()
		ctx, cancel := context.WithCancel(context.Background())
		c.with(ctx, "context cancelled after the call").commit(token, []byte("abc"), long)
		cancel()
		c.wantFound(token, []byte("abc"), long)
	}},
	{name: "CancelledDuring", ctxOnly: true, timed: true, run: commitCancelledDuring},
}

func allBytes() (b []byte) {
	for i := range 256 {
		b = append(b, byte(i))
	}
	return b
}

func commitCancelledDuring(c *checker) {
	const most = 200
	took := longLifetime // how long a Commit takes
	for range 3 {
		start := time.Now()
		c.commit(newToken(), []byte("abc"), c.clock.long())
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
		_ = d.tryCommit(token, []byte("abc"), short)
	})
	c.pass(short.Add(arriving))
	for _, token := range tokens {
		c.wantMissing(token)
	}
}

func commitInputNotModified(c *checker) {
	token, long := newToken(), c.clock.long()
	const whole = "first|behind its end"
	b := []byte(whole)
	unchanged := func(last string) {
		if !bytes.Equal(b, []byte(whole)) {
			c.failf("%s: the caller's slice and what is behind its end are now %q; want %q", c.story(token, last), b, whole)
			c.stop()
		}
	}
	c.commit(token, b[:5:len(b)], long)
	unchanged(c.popCall())
	c.wantFound(token, []byte("first"), long)
	unchanged(c.findText(token))
	// Longer data, because a store may reuse the slice of an earlier Commit.
	c.commit(token, []byte("a longer second"), long)
	unchanged(c.popCall())
	c.delete(token)
	unchanged(c.popCall())
}
