package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

var allChecks = []check{
	{name: "Empty", run: func(c *checker) { c.wantAll(nil) }},
	{name: "Exactly", run: func(c *checker) {
		c.wantAll(c.longSessions(5))
	}},
	{name: "LeavesOutExpired", timed: true, run: func(c *checker) {
		tokens := newTokens(2)
		short, long := c.clock.short(), c.clock.long()
		c.commit(tokens[0], []byte("gone"), short)
		c.commit(tokens[1], []byte("live"), long)
		c.pass(short)
		c.wantAll(map[string][]byte{tokens[1]: []byte("live")})
	}},
	{name: "LeavesOutPastExpiry", run: func(c *checker) {
		tokens, long := newTokens(3), c.clock.long()
		c.commit(tokens[0], []byte("live"), long)
		c.commit(tokens[1], []byte("old"), long)
		refused := c.tryCommit(tokens[1], []byte("abc"), c.clock.past()) != nil
		_ = c.tryCommit(tokens[2], []byte("abc"), c.clock.past())
		want := map[string][]byte{tokens[0]: []byte("live")}
		got, err := c.tryAll()
		if _, listed := got[tokens[1]]; listed && refused {
			want[tokens[1]] = []byte("old")
		}
		c.judgeAll(got, err, want)
	}},
	{name: "LeavesOutDeleted", run: func(c *checker) {
		tokens, long := newTokens(2), c.clock.long()
		c.commit(tokens[0], []byte("gone"), long)
		c.commit(tokens[1], []byte("live"), long)
		c.delete(tokens[0])
		c.wantAll(map[string][]byte{tokens[1]: []byte("live")})
	}},
	{name: "AfterOverwrite", run: func(c *checker) {
		tokens, long := newTokens(2), c.clock.long()
		c.commit(tokens[0], []byte("a long value"), long)
		c.commit(tokens[1], []byte("other"), long)
		c.commit(tokens[0], []byte("short"), long)
		c.wantAll(map[string][]byte{tokens[0]: []byte("short"), tokens[1]: []byte("other")})
	}},
	{name: "TokenBytes", run: func(c *checker) {
		want := make(map[string][]byte)
		owners := make(owners)
		for _, token := range append(similarTokens(c), oddTokens(c)...) {
			if b, err := owners.commit(c, token); err == nil {
				want[token] = b
			}
		}
		got, err := c.tryAll()
		for token := range want {
			if _, listed := got[token]; !listed && err == nil {
				b, _, _ := c.tryFind(token)
				owners.blame(c, token, b)
			}
		}
		c.judgeAll(got, err, want)
	}},
	{name: "Many", run: func(c *checker) { c.wantAll(c.commitMany(2100)) }},
	{name: "CancelledDuring", ctxOnly: true, run: allCancelledDuring},
	{name: "TwoStores", run: func(c *checker) {
		tokens, long := newTokens(2), c.clock.long()
		d := c.second()
		c.commit(tokens[0], []byte("abc"), long)
		d.wantAll(nil)
		d.commit(tokens[1], []byte("xyz"), long)
		c.wantAll(map[string][]byte{tokens[0]: []byte("abc")})
		d.wantAll(map[string][]byte{tokens[1]: []byte("xyz")})
	}},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		token, _ := c.longSession("abc")
		liveContext(c).wantAll(map[string][]byte{token: []byte("abc")})
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		want := c.longSessions(3)
		for _, ended := range endedContexts(c) {
			if got, err := ended.tryAll(); err == nil {
				ended.compareAll(got, want, " or an error")
			}
		}
		c.wantAll(want)
	}},
}

// commitMany commits up to most sessions: fewer if the store is slow, but at least
// minMany. Backends list in pages, some of a hundred keys, some of a thousand.
func (c *checker) commitMany(most int) (sessions map[string][]byte) {
	c.tb.Helper()
	const workers, minMany, budget = 16, 320, time.Second
	tokens, long := newTokens(most), c.clock.long()
	data := make([][]byte, most)
	for i := range data {
		data[i] = fmt.Appendf(nil, "session %d", i)
	}
	var next, committed atomic.Int64
	start := time.Now()
	c.together(workers, "", func(w *checker, _ int) {
		for {
			if next.Load() >= minMany && time.Since(start) > budget {
				return
			}
			i := int(next.Add(1)) - 1 // a worker that takes an index commits it
			if i >= most {
				return
			}
			w.commit(tokens[i], data[i], long)
			committed.Add(1)
		}
	})
	n := int(committed.Load())
	note := ""
	if n < most {
		note = fmt.Sprintf(", not %d: a commit takes about %v when there are %d at a time",
			most, (time.Since(start) * workers / time.Duration(n)).Round(time.Microsecond), workers)
	}
	c.tb.Logf("%d sessions%s", n, note)
	sessions = make(map[string][]byte, n)
	for i, token := range tokens[:n] {
		sessions[token] = data[i]
	}
	return sessions
}

func allCancelledDuring(c *checker) {
	const most = 20
	want := c.commitMany(1100)
	start := time.Now()
	c.wantAll(want)
	took := time.Since(start)
	roundsUpTo(most, func(i int) {
		d, cancel := c.cancelledAfter(spread(i, took))
		defer cancel()
		if got, err := d.tryAll(); err == nil {
			d.compareAll(got, want, " or an error")
		}
	})
	c.wantAll(want)
}

// wantAll demands that All returns exactly these sessions.
func (c *checker) wantAll(want map[string][]byte) {
	c.tb.Helper()
	got, err := c.tryAll()
	c.judgeAll(got, err, want)
}

// judgeAll is wantAll for results that the caller has from All.
func (c *checker) judgeAll(got map[string][]byte, err error, want map[string][]byte) {
	c.tb.Helper()
	if err != nil {
		c.failf("%s = %s, %s; want %s, nil", c.allText(), countSessions(got), formatError(err), countSessions(want))
		return
	}
	if got == nil {
		c.failf("%s = a nil map, <nil>; want an empty map that is not nil, nil", c.allText())
		return
	}
	c.compareAll(got, want, "")
}

// compareAll reports the first session that is wrong in a map from All.
func (c *checker) compareAll(got, want map[string][]byte, orElse string) {
	c.tb.Helper()
	if maps.EqualFunc(got, want, bytes.Equal) {
		return
	}
	head := fmt.Sprintf("%s = %s", c.allText(), countSessions(got))
	tail := fmt.Sprintf("want %s%s", countSessions(want), orElse)
	for _, token := range slices.Sorted(maps.Keys(want)) {
		b, ok := got[token]
		if !ok {
			c.failf("%s; %s", c.story(token, head+" without "+c.quote(token)), tail)
			return
		}
		if !bytes.Equal(b, want[token]) {
			c.failf("%s; want %s%s%s", c.story(token, fmt.Sprintf("%s with %s for %s", head, quoteData(b), c.quote(token))),
				quoteData(want[token]), difference(b, want[token]), orElse)
			return
		}
	}
	for _, token := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[token]; !ok {
			c.failf("%s; %s", c.story(token, head+" with "+c.quote(token)), tail)
			return
		}
	}
}

func countSessions(m map[string][]byte) string {
	if len(m) == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", len(m))
}
