package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var findChecks = []check{
	{
		name: "Missing",
		rule: "scs.Store.Find: a token that is not found gives found = false and a nil error",
		run: func(c *checker) {
			c.wantMissing(newToken())
			c.commit(newToken(), []byte("abc"), c.clock.long())
			c.wantMissing(newToken())
		},
	},
	{
		name: "Committed",
		rule: "scs.Store.Find: it returns the data for a session token, which scs's Codec has to decode",
		run: func(c *checker) {
			long := c.clock.long()
			tokens := newTokens(3)
			for i, token := range tokens {
				c.commit(token, bytes.Repeat([]byte{byte('a' + i)}, 1000*i+1), long)
			}
			for i, token := range tokens {
				c.wantFound(token, bytes.Repeat([]byte{byte('a' + i)}, 1000*i+1), long)
			}
		},
	},
	{
		name: "Repeatable",
		rule: "scs.SessionManager.Load: a request that changes nothing does not commit, so Find must leave the session as it is",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			for range 3 {
				c.wantFound(token, []byte("abc"), long)
			}
		},
	},
	{
		name: "Expired", timed: true,
		rule: "scs.Store.Find: an expired session is not found",
		run: func(c *checker) {
			token, short := newToken(), c.clock.short()
			c.commit(token, []byte("abc"), short)
			c.pass(short)
			c.wantMissing(token)
			c.wantMissing(token)
		},
	},
	{
		name: "NotProlonged", timed: true,
		rule: "scs.Store.Commit: the expiry is the given one; scs commits again to prolong a session, Find does not",
		run: func(c *checker) {
			token, short := newToken(), c.clock.short()
			c.commit(token, []byte("abc"), short)
			c.wantFound(token, []byte("abc"), short)
			c.pass(short)
			c.rememberFind(token)
			c.wantMissing(token)
		},
	},
	{
		name: "KeepsOthers", timed: true,
		rule: "scs.Store.Find: finding nothing, or that a session has expired, leaves the other sessions as they are",
		run: func(c *checker) {
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
		},
	},
	{
		name: "Tampered",
		rule: "scs.Store.Find: a tampered token gives found = false and a nil error; errors are for the system's",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			for _, tampered := range tamperedTokens(c, token) {
				c.wantMissing(tampered)
			}
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "Malformed",
		rule: "scs.Store.Find: a malformed token gives found = false and a nil error; errors are for the system's",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			for _, malformed := range malformedTokens(c, token) {
				c.wantMissing(malformed)
			}
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "LongToken",
		rule: "scs.Store.Find: a token that is too long is malformed: found = false and a nil error",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			c.wantMissing(c.label(token+strings.Repeat("A", 300), "343 bytes"))
			c.wantMissing(c.label(token+strings.Repeat("A", 8<<10), "8 KiB"))
			c.wantMissing(c.label(token+strings.Repeat("A", 64<<10), "64 KiB"))
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "ResultStays",
		rule: "scs.SessionManager.Load: the bytes are decoded after Find has returned, when other requests may be using the store; they must not change any more",
		run:  findResultStays,
	},
	{
		name: "LiveContext", ctxOnly: true,
		rule: "scs.CtxStore.FindCtx: the same as Find, whatever values and deadline the context has",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			live, cancel := liveContext(c)
			defer cancel()
			live.wantFound(token, []byte("abc"), long)
			live.wantMissing(newToken())
		},
	},
	{
		name: "Cancelled", ctxOnly: true,
		rule: `scs.CtxStore.FindCtx: a context that has ended gives the right answer or an error, never "not found": scs would begin a new session in place of a live one`,
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
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
		},
	},
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
		c.trace.calls = append(c.trace.calls, call{text: fmt.Sprintf("%d commits of %d bytes", others, len(b))})
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
		if problem := caught(func() { now = strconv.Quote(string(b)) }); problem != "" {
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
	// They may be memory of a transaction that is over: later ones write there, and a
	// store that grows gives it up.
	commitOthers(bytes.Repeat([]byte("a page "), 1<<7)) // what is small may be kept in another way
	stays(2, func() { commitOthers([]byte("other")) })
	stays(3, func() { commitOthers(bytes.Repeat([]byte("large data "), 1<<10)) })
}

type contextKey struct{}

// liveContext returns a checker whose context is as a request's: it has values
// and a deadline far ahead.
func liveContext(c *checker) (*checker, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), contextKey{}, "value"), longLifetime)
	return c.with(ctx, "context with a deadline"), cancel
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
