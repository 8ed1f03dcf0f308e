package storetest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

var findChecks = []check{
	{name: "Missing", run: func(c *checker) {
		c.wantMissing(newToken())
		c.session("abc")
		c.wantMissing(newToken())
	}},
	{name: "Committed", run: func(c *checker) {
		sessions := make(map[string]string)
		for i, letter := range []string{"a", "b", "c"} {
			data := strings.Repeat(letter, 1000*i+1)
			sessions[c.session(data)] = data
		}
		c.wantEach(sessions)
	}},
	{name: "Repeatable", run: func(c *checker) {
		token := c.session("abc")
		for range 3 {
			c.wantFound(token, "abc")
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
		c.wantFoundUntil(token, "abc", short)
		c.pass(short)
		c.rememberFind(token)
		c.wantMissing(token)
	}},
	{name: "KeepsOthers", timed: true, run: func(c *checker) {
		others := c.sessions(newToken())
		token, short := c.shortSession("abc")
		maps.Copy(others, c.sessions(newToken()))
		c.pass(short)
		c.wantMissing(token)
		c.wantMissing(newToken())
		c.wantEach(others)
	}},
	{name: "Tampered", run: findsNone(tamperedTokens)},
	{name: "Malformed", run: findsNone(malformedTokens)},
	{name: "LongToken", run: findsNone(longTokens)},
	{name: "ResultStays", run: findResultStays},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		token, live := c.session("abc"), liveContext(c)
		live.wantFound(token, "abc")
		live.wantMissing(newToken())
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		token := c.session("abc")
		for _, ended := range endedContexts(c) {
			if r := ended.tryFind(token); r.err == nil && (!r.found || string(r.data) != "abc") {
				ended.failFind(token, r, `"abc", true, nil or an error`)
			}
			missing := newToken()
			if r := ended.tryFind(missing); r.err == nil && r.found {
				ended.failFind(missing, r, "nil, false, nil or an error")
			}
		}
		c.wantFound(token, "abc")
	}},
}

// findsNone demands that no session is found under tokens that resemble a session's token.
func findsNone(tokens func(c *checker, base string) []string) func(c *checker) {
	return func(c *checker) {
		token := c.session("abc")
		for _, other := range tokens(c, token) {
			c.wantMissing(other)
		}
		c.wantFound(token, "abc")
	}
}

func findResultStays(c *checker) {
	const others = 8
	data := []string{"old 0", "old 1", "old 2", "old 3"}
	var tokens []string
	for _, d := range data {
		tokens = append(tokens, c.session(d))
	}
	commitOthers := func(data string) {
		for range others {
			c.session(data)
		}
		c.rememberEvent(fmt.Sprintf("%d commits of %d bytes", others, len(data)))
	}
	stays := func(i int, change func()) {
		token := tokens[i]
		r := c.tryFind(token)
		c.judgeFound(token, r, data[i])
		if string(r.data) != data[i] {
			return
		}
		before := c.story(token, fmt.Sprintf("%s = %q", c.text(findCall(token)), r.data))
		change()
		now := ""
		if problem := recovered(func() { now = strconv.Quote(string(r.data)) }); problem != "" {
			now = "not there any more: reading them " + problem
		}
		if now != strconv.Quote(data[i]) {
			c.failf("%s, then %s: the bytes that were returned are now %s; want them unchanged", before, c.popLast(), now)
		}
	}
	stays(0, func() {
		c.tryFind(tokens[2])
		c.rememberFind(tokens[2])
	})
	stays(0, func() { c.commit(tokens[0], "new 0") })
	stays(1, func() { c.delete(tokens[1]) })
	// The bytes may be memory of a transaction that has ended. Later transactions write
	// there, and a store that grows unmaps it.
	commitOthers(strings.Repeat("a page ", 1<<7)) // a store may keep small data elsewhere
	stays(2, func() { commitOthers("other") })
	stays(3, func() { commitOthers(strings.Repeat("large data ", 1<<10)) })
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
