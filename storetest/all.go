package storetest

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

var allChecks = []check{
	{name: "Empty", run: func(c *checker) { c.wantAll(nil) }},
	{name: "Exactly", run: func(c *checker) { c.wantAll(c.sessions(newTokens(5)...)) }},
	{name: "LeavesOutExpired", timed: true, run: func(c *checker) {
		_, short := c.shortSession("gone")
		live := c.sessions(newToken())
		c.pass(short)
		c.wantAll(live)
	}},
	{name: "LeavesOutPastExpiry", run: func(c *checker) {
		want, token := c.sessions(newToken()), c.session("old")
		refused := c.tryCommit(token, "abc", c.clock.past()) != nil
		_ = c.tryCommit(newToken(), "abc", c.clock.past())
		r := c.tryAll()
		if _, listed := r.sessions[token]; listed && refused {
			want[token] = "old"
		}
		c.judgeAll(r, want)
	}},
	{name: "LeavesOutDeleted", run: func(c *checker) {
		gone, live := c.session("gone"), c.sessions(newToken())
		c.delete(gone)
		c.wantAll(live)
	}},
	{name: "AfterOverwrite", run: func(c *checker) {
		token, want := c.session("a long value"), c.sessions(newToken())
		c.commit(token, "short")
		want[token] = "short"
		c.wantAll(want)
	}},
	{name: "TokenBytes", run: func(c *checker) {
		owners := make(owners)
		want := owners.commit(c, append(similarTokens(c), oddTokens(c)...))
		r := c.tryAll()
		for token := range want {
			if _, listed := r.sessions[token]; !listed && r.err == nil {
				owners.blame(c, token, c.tryFind(token).data)
			}
		}
		c.judgeAll(r, want)
	}},
	{name: "Many", run: func(c *checker) { c.wantAll(c.commitMany(2100)) }},
	{name: "CancelledDuring", ctxOnly: true, run: allCancelledDuring},
	{name: "TwoStores", run: func(c *checker) {
		d, here := c.second(), c.sessions(newToken())
		d.wantAll(nil)
		there := d.sessions(newToken())
		c.wantAll(here)
		d.wantAll(there)
	}},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		want := c.sessions(newToken())
		liveContext(c).wantAll(want)
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		want := c.sessions(newTokens(3)...)
		for _, ended := range endedContexts(c) {
			_ = ended.wantAllOrError(want)
		}
		c.wantAll(want)
	}},
}

// commitMany commits up to most sessions: fewer if the store is slow, but at least
// minMany. Backends list in pages, some of a hundred keys, some of a thousand.
func (c *checker) commitMany(most int) map[string]string {
	c.tb.Helper()
	const workers, minMany, budget = 16, 320, time.Second
	committed := make([]map[string]string, workers)
	var next atomic.Int64
	start := time.Now()
	c.together(workers, "", func(w *checker, worker int) {
		committed[worker] = make(map[string]string)
		for next.Load() < minMany || time.Since(start) < budget {
			i := int(next.Add(1))
			if i > most {
				return
			}
			data := fmt.Sprintf("session %d", i)
			committed[worker][w.session(data)] = data
		}
	})
	sessions := make(map[string]string)
	for _, some := range committed {
		maps.Copy(sessions, some)
	}
	note := ""
	if n := len(sessions); n < most {
		note = fmt.Sprintf(", not %d: a commit takes about %v when there are %d at a time",
			most, (time.Since(start) * workers / time.Duration(n)).Round(time.Microsecond), workers)
	}
	c.tb.Logf("%s%s", countSessions(sessions), note)
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
		_ = d.wantAllOrError(want)
	})
	c.wantAll(want)
}

// wantAll demands that All returns exactly these sessions.
func (c *checker) wantAll(want map[string]string) {
	c.tb.Helper()
	c.judgeAll(c.tryAll(), want)
}

// judgeAll is wantAll for a result that the caller has from All.
func (c *checker) judgeAll(r result, want map[string]string) {
	c.tb.Helper()
	switch {
	case r.err != nil:
		c.failf("%s = %s; want %s, nil", c.text(allCall), r.text("All"), countSessions(want))
	case r.sessions == nil:
		c.failf("%s = a nil map, <nil>; want an empty map that is not nil, nil", c.text(allCall))
	default:
		c.compareAll(r.sessions, want, "")
	}
}

// wantAllOrError demands that All returns these sessions or an error, which it returns.
func (c *checker) wantAllOrError(want map[string]string) error {
	c.tb.Helper()
	r := c.tryAll()
	if r.err == nil {
		c.compareAll(r.sessions, want, " or an error")
	}
	return r.err
}

// compareAll reports the first session that is wrong in a map from All.
func (c *checker) compareAll(got map[string][]byte, want map[string]string, orElse string) {
	c.tb.Helper()
	head := fmt.Sprintf("%s = %s", c.text(allCall), countSessions(got))
	tail := fmt.Sprintf("want %s%s", countSessions(want), orElse)
	for _, token := range slices.Sorted(maps.Keys(want)) {
		data := want[token]
		b, ok := got[token]
		switch {
		case !ok:
			c.failf("%s; %s", c.story(token, head+" without "+c.quote(token)), tail)
			return
		case string(b) != data:
			c.failf("%s; want %s%s%s", c.story(token, fmt.Sprintf("%s with %s for %s", head, quoteData(b), c.quote(token))),
				quoteData([]byte(data)), difference(b, []byte(data)), orElse)
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

func countSessions[V any](m map[string]V) string {
	if len(m) == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", len(m))
}
