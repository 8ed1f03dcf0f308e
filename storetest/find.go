package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

var findChecks = []check{
	{name: "Missing", run: func(c *checker) {
		c.wantMissing(newToken())
		c.commit(newToken(), []byte("abc"), c.clock.long())
		c.wantMissing(newToken())
	}},
	{name: "Committed", run: func(c *checker) {
		long := c.clock.long()
		tokens := newTokens(3)
		for i, token := range tokens {
			c.commit(token, bytes.Repeat([]byte{byte('a' + i)}, 1000*i+1), long)
		}
		for i, token := range tokens {
			c.wantFound(token, bytes.Repeat([]byte{byte('a' + i)}, 1000*i+1), long)
		}
	}},
	{name: "Repeatable", run: func(c *checker) {
		token, long := c.longSession("abc")
		for range 3 {
			c.wantFound(token, []byte("abc"), long)
		}
	}},
	{name: "Expired", timed: true, run: func(c *checker) {
		token, short := c.shortSession("abc")
		c.pass(short)
		c.wantMissing(token)
		c.wantMissing(token)
	}},
	{name: "NotProlonged", timed: true, run: func(c *checker) {
		token, short := c.shortSession("abc")
		c.wantFound(token, []byte("abc"), short)
		c.pass(short)
		c.rememberFind(token)
		c.wantMissing(token)
	}},
	{name: "KeepsOthers", timed: true, run: func(c *checker) {
		tokens := newTokens(3)
		short, long := c.clock.short(), c.clock.long()
		c.commit(tokens[0], []byte("first"), long)
		c.commit(tokens[1], []byte("second"), short)
		c.commit(tokens[2], []byte("third"), long)
		c.pass(short)
		c.wantMissing(tokens[1])
		c.wantMissing(newToken())
		c.wantFound(tokens[0], []byte("first"), long)
		c.wantFound(tokens[2], []byte("third"), long)
	}},
	{name: "Tampered", run: findsNone(tamperedTokens)},
	{name: "Malformed", run: findsNone(malformedTokens)},
	{name: "LongToken", run: findsNone(longTokens)},
	{name: "ResultStays", run: findResultStays},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		token, long := c.longSession("abc")
		live := liveContext(c)
		live.wantFound(token, []byte("abc"), long)
		live.wantMissing(newToken())
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		token, long := c.longSession("abc")
		for _, ended := range endedContexts(c) {
			b, found, err := ended.tryFind(token)
			if err == nil && (!found || string(b) != "abc") {
				ended.failFind(token, b, found, err, `want "abc", true, nil or an error`)
			}
			missing := newToken()
			if b, found, err := ended.tryFind(missing); err == nil && found {
				ended.failFind(missing, b, found, err, "want nil, false, nil or an error")
			}
		}
		c.wantFound(token, []byte("abc"), long)
	}},
}

// findsNone demands that no session is found under tokens that resemble a session's token.
func findsNone(tokens func(c *checker, base string) []string) func(c *checker) {
	return func(c *checker) {
		token, long := c.longSession("abc")
		for _, other := range tokens(c, token) {
			c.wantMissing(other)
		}
		c.wantFound(token, []byte("abc"), long)
	}
}

func findResultStays(c *checker) {
	tokens, long := newTokens(4), c.clock.long()
	data := []string{"old 0", "old 1", "old 2", "old 3"}
	for i, token := range tokens {
		c.commit(token, []byte(data[i]), long)
	}
	const others = 8
	commitOthers := func(b []byte) {
		for _, token := range newTokens(others) {
			c.commit(token, b, long)
		}
		c.rememberEvent(fmt.Sprintf("%d commits of %d bytes", others, len(b)))
	}
	stays := func(i int, change func()) {
		token := tokens[i]
		b, found, err := c.tryFind(token)
		if err != nil || !found || string(b) != data[i] {
			c.failFind(token, b, found, err, fmt.Sprintf("want %q, true, nil", data[i]))
			return
		}
		before := c.story(token, fmt.Sprintf("%s = %q", c.findText(token), b))
		change()
		now := ""
		if problem := recovered(func() { now = strconv.Quote(string(b)) }); problem != "" {
			now = "not there any more: reading them " + problem
		}
		if now != strconv.Quote(data[i]) {
			c.failf("%s, then %s: the bytes that were returned are now %s; want them unchanged", before, c.popCall(), now)
		}
	}
	stays(0, func() {
		c.tryFind(tokens[2])
		c.rememberFind(tokens[2])
	})
	stays(0, func() { c.commit(tokens[0], []byte("new 0"), long) })
	stays(1, func() { c.delete(tokens[1]) })
	// The bytes may be memory of a transaction that has ended. Later transactions write
	// there, and a store that grows unmaps it.
	commitOthers(bytes.Repeat([]byte("a page "), 1<<7)) // a store may keep small data elsewhere
	stays(2, func() { commitOthers([]byte("other")) })
	stays(3, func() { commitOthers(bytes.Repeat([]byte("large data "), 1<<10)) })
}

type contextKey struct{}

// liveContext returns a checker whose context is like that of a request: it has values
// and a distant deadline.
func liveContext(c *checker) *checker {
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), contextKey{}, "value"), longLifetime)
	c.tb.Cleanup(cancel)
	return c.with(ctx, "context with a deadline")
}

// cancelledAfter returns a checker whose context is cancelled after a while.
func (c *checker) cancelledAfter(d time.Duration) (*checker, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.AfterFunc(d, cancel)
	return c.with(ctx, "context cancelled after "+formatDuration(d)), func() {
		timer.Stop()
		cancel()
	}
}

// endedContexts returns a checker for each way in which a context can have ended.
func endedContexts(c *checker) []*checker {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), c.clock.start)
	cancel()
	return []*checker{
		c.with(cancelled, "cancelled context"),
		c.with(late, "context past its deadline"),
	}
}
