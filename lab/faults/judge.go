package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// A violation is something that must not be.
type violation struct {
	rule string
	text string // what was seen, in lines
}

// The rules, by what breaks them.
const (
	lost         = "an acknowledged session was lost"
	notFound     = "a live session was not found, and no error"
	wrongSession = "a session with data of another, or that nobody committed"
	deleted      = "a session was found after an acknowledged Delete"
	pastExpiry   = "a session was found past its expiry"
	foundInError = "an error that comes with a session"
	noOrder      = "calls on a token that have no order"
	part         = "All or Each returned a part"
	overBound    = "a call over its bound"
	noService    = "no service after the fault"
	leak         = "a goroutine or connection leaked"
)

// A window is the time in which a replica may have taken a primary's place, from
// the fault until all servers agree again, on the clock of the load. Redis may
// lose then what it has acknowledged, and until a primary hears that it has been
// replaced, both answer.
type window struct{ begin, end int64 }

// A verdict is what came of judging one session.
type verdict struct {
	violations []violation
	lost       history // the shortest that shows that a write was lost in the window
	repeated   bool    // there is an order only if a retried change took effect twice
	unknown    bool    // it takes too long to find out
}

// judge judges the calls on one token. Without a window they must have an order
// that explains all their results. With one,
//
//   - so must those that had ended before it;
//   - so must those that began after it, given that the session was then what
//     any one of the Commits and Deletes before, or none of them, had left;
//   - a Find in the window must return what somebody committed, or nothing.
//
// A session whose calls have an order under these rules only has lost a write. Late
// is for how long Redis may keep one past its expiry.
func judge(s *session, w *window, retries bool, late time.Duration) verdict {
	var v verdict
	add := func(rule, text string) {
		if !slices.ContainsFunc(v.violations, func(old violation) bool { return old.rule == rule }) {
			v.violations = append(v.violations, violation{rule, text})
		}
	}
	committed := make(map[string]int64) // when it began, by the data
	for _, c := range s.calls {
		if c.kind == commit {
			committed[c.after.data] = c.begin
		}
	}
	var explained []call
	for _, c := range s.calls {
		began, known := committed[c.after.data]
		ok := false
		switch token, _, _ := read(c.after.data); {
		case c.kind != find:
			ok = true
		case c.err != nil && c.after.found:
			add(foundInError, "    "+c.String()+"\n")
		case !c.after.found && c.err == nil:
			// Nothing can be said of one that was under way when it expired.
			ok = c.ended.Before(s.expiry)
		case c.err != nil:
		case token != s.token:
			add(wrongSession, fmt.Sprintf("    Find() of a session = data of %.20q\n", token))
		case !known || began > c.end:
			add(wrongSession, "    "+c.String()+", which nobody had committed\n")
		case c.began.Sub(s.expiry) > late:
			add(pastExpiry, fmt.Sprintf("    Find() %v after the expiry = %s, true, <nil>\n", c.began.Sub(s.expiry).Round(time.Millisecond), number(c.after.data)))
		default:
			ok = true
		}
		if ok {
			explained = append(explained, c)
		}
	}
	h := newHistory(explained)
	r := h.check(nothing, judgeTimeout)
	if r == porcupine.Illegal && retries {
		r = h.repeated().check(nothing, judgeTimeout)
		v.repeated = r == porcupine.Ok
		h = h.repeated()
	}
	fail := func(h history, first start) {
		few := h.shortest(first)
		add(few.broken(explained), few.account())
	}
	switch {
	case r == porcupine.Unknown:
		v.unknown = true
	case r == porcupine.Illegal && w == nil:
		fail(h, nothing)
	case r == porcupine.Illegal:
		before := h.until(w.begin)
		after, first := h.after(w.end)
		b, a := before.check(nothing, judgeTimeout), after.check(first, judgeTimeout)
		switch {
		case b == porcupine.Illegal:
			fail(before, nothing)
		case a == porcupine.Illegal:
			fail(after, first)
		case b == porcupine.Unknown || a == porcupine.Unknown:
			v.unknown = true
		default:
			v.lost = h.shortest(nothing)
		}
	}
	return v
}

// Redis keeps a session to the end of the millisecond in which it expires. One
// whose slot moves lives longer by the time that MIGRATE takes, which sends what is
// left of its life: see TestMigratePostpones in lab/guarantees.
const (
	late      = time.Millisecond
	lateMoved = time.Second
)

// after returns the calls that began after end, with the changes that were under
// way then or failed before, and what the earlier ones may have left.
func (h history) after(end int64) (after history, first start) {
	first = nothing[:1:1]
	for _, c := range h {
		switch {
		case c.begin > end:
			after = append(after, c)
		case c.kind == find:
		case c.end > end:
			after = append(after, c)
			first = append(first, c.after)
		default:
			first = append(first, c.after)
		}
	}
	return after, first
}

// broken names the rule that the shortest history without an order breaks. Calls
// are all those on the token.
func (h history) broken(calls []call) string {
	any := func(calls []call, f func(c call) bool) bool { return slices.ContainsFunc(calls, f) }
	for _, f := range slices.Backward(h) {
		if f.kind != find || f.after.found {
			continue
		}
		if any(calls, func(later call) bool {
			return later.kind == find && later.err == nil && later.after.found && later.begin > f.end &&
				any(calls, func(c call) bool {
					return c.kind == commit && c.err == nil && c.after == later.after && c.end < f.begin
				})
		}) {
			return notFound
		}
		return lost
	}
	for _, f := range h {
		if f.kind == find && any(h, func(d call) bool {
			return d.kind == del && d.err == nil && d.end < f.begin &&
				any(calls, func(c call) bool { return c.kind == commit && c.after == f.after && c.end < d.begin })
		}) {
			return deleted
		}
	}
	return noOrder
}
