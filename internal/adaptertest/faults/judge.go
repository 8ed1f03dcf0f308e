package faults

import (
	"time"

	"github.com/anishathalye/porcupine"
)

// The rules. Each text says how a store breaks the rule.
const (
	lost         = "a session that lives throughout was not found"
	wrongSession = "a session with data of another, or that nobody committed"
	pastExpiry   = "a session was found past its expiry"
	foundInError = "an error that comes with a session"
	noOrder      = "calls on a token that have no order"
	part         = "All or Each returned a part"
	overBound    = "a call over its bound"
	noService    = "no service after the fault"
	leak         = "a goroutine or connection leaked"
)

// allowed is what a round allows the store.
type allowed struct {
	// A change may take effect twice while its call is under way.
	resends bool

	// A replica may have taken a primary's place. Nil: none has.
	window *window

	// How long Redis may keep a session past its expiry, and when all commands of failed
	// calls have arrived.
	late   time.Duration
	landed time.Time
}

// Redis keeps a session to the end of the millisecond in which it expires. If its slot
// moves, it lives longer by the duration of MIGRATE, which sends the lifetime that is
// left: see TestMigratePostpones in lab/guarantees.
const (
	late      = time.Millisecond
	lateMoved = time.Second
)

// A window is the time in which a replica may have taken a primary's place, from the
// fault until all servers agree again. In it Redis may lose acknowledged writes, and the
// old primary answers too until it hears that it has been replaced.
type window struct{ begin, end time.Time }

// judge judges the calls on one token, each by itself and then their order.
func (r *Report) judge(s *session, a allowed) {
	r.Sessions++
	commits := make(map[string]call) // by their data
	for _, c := range s.calls {
		if c.kind == commit {
			commits[c.after.data] = c
		}
	}
	var ordered []call
	for _, c := range s.calls {
		// When a primary is replaced the index may lose an entry whose session it keeps.
		if c.byUser && a.window != nil {
			if c.kind == find && !c.after.found {
				continue
			}
			if c.kind == del {
				c.err = errMaybe
			}
		}
		if c.kind == commit || c.kind == del || r.judgeFind(s, c, commits, a) && c.kind == find {
			ordered = append(ordered, c)
		}
	}
	r.judgeOrder(newHistory(ordered), a)
}

// judgeFind judges what one call has found, and reports whether there has to be an
// order that explains it.
func (r *Report) judgeFind(s *session, c call, commits map[string]call, a allowed) bool {
	if !c.after.found {
		// A call that was under way when the session expired proves nothing.
		return c.err == nil && c.ended.Before(s.expiry)
	}
	from, ok := commits[c.after.data]
	if c.err != nil {
		r.violated(foundInError, "%v", c)
		return false
	}
	if !ok || c.kind == find && from.began.After(c.ended) {
		r.violated(wrongSession, "%v of %s: %.40q, which nobody had committed", c, s.token, c.after.data)
		return false
	}
	// A Commit sends the lifetime of the session. It was on the way for as long as the
	// call took or, if the call failed, perhaps until the fault was over.
	onTheWay := from.ended.Sub(from.began)
	if from.err != nil {
		onTheWay = max(onTheWay, a.landed.Sub(from.began))
	}
	if past := c.began.Sub(s.expiry); past > onTheWay+a.late {
		r.violated(pastExpiry, "%v, %v past its expiry; its Commit took %v", c, past, onTheWay)
		return false
	}
	return true
}

// judgeOrder judges whether the calls have an order that explains all results. With a
// window there must be an order for
//
//   - the calls that had ended before it;
//   - the calls that began after it, if the session then was what any one of the Commits
//     and Deletes before, or none of them, had left.
//
// If its calls have an order only under these weaker rules, a session has lost a write.
func (r *Report) judgeOrder(h history, a allowed) {
	result := h.check(nothing)
	if result == porcupine.Illegal && a.resends {
		h = h.resent()
		if result = h.check(nothing); result == porcupine.Ok {
			r.Twice++
		}
	}
	switch {
	case result == porcupine.Ok:
	case result == porcupine.Unknown:
		r.Unjudged++
	case a.window == nil:
		r.wantOrder(h, nothing)
	default:
		after, first := h.since(a.window.end)
		switch b, f := r.wantOrder(h.until(a.window.begin), nothing), r.wantOrder(after, first); {
		case b == porcupine.Ok && f == porcupine.Ok:
			r.Lost++
		case b != porcupine.Illegal && f != porcupine.Illegal:
			r.Unjudged++
		}
	}
}

// wantOrder reports a history that has no order.
func (r *Report) wantOrder(h history, first []register) porcupine.CheckResult {
	result := h.check(first)
	if result == porcupine.Illegal {
		r.violated(noOrder, "%s", h.giveaway(first).account())
	}
	return result
}
