package faults

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

type kind string

const (
	find   kind = "Find"
	commit kind = "Commit"
	del    kind = "Delete"

	// again is a change that a client may send twice while the call is under way, because
	// it has not received the reply to the first.
	again kind = "again"

	// list is a session that All or Each showed. It is no part of a history.
	list kind = "All or Each"
)

// A register is what a store knows about one token.
type register struct {
	found bool
	data  string
	gone  bool // deleted for good
}

// A call is one call on a token, and its result.
type call struct {
	client int
	kind   kind
	after  register // what it has found, stored or left
	err    error

	// byUser says that the call used the index of the session's user.
	byUser bool

	began, ended time.Time
}

// never is the end of a call that failed, in a history: it may take effect at any later
// time. That includes a time after everything else, which is the same as never.
var (
	epoch = time.Now()
	never = epoch.Add(1000 * time.Hour)
)

// next returns the states that a token may have after a call, and none if the call cannot
// have had its result. It has all that a store promises of the order of its calls.
func next(before register, c call) []any {
	switch {
	case c.kind == find && (before.found != c.after.found || before.data != c.after.data):
		return nil
	case c.kind == find || before.gone:
		return []any{before}
	case c.kind == again && before != c.after:
		return []any{before, c.after}
	}
	return []any{c.after}
}

// A history is calls on one token, in the order in which they began.
type history []call

// newHistory leaves out calls that prove nothing: a Find that failed, a Commit that failed
// and whose data nobody has seen, and Deletes for good that failed, after the first one,
// which may take effect at any later time.
func newHistory(calls []call) (h history) {
	mayBeGone := false
	for _, c := range slices.SortedFunc(slices.Values(calls), func(a, b call) int { return a.began.Compare(b.began) }) {
		seen := func(f call) bool { return f.kind == find && f.err == nil && f.after == c.after }
		if c.err != nil {
			c.ended = never
			if c.kind == find || c.kind == commit && !slices.ContainsFunc(calls, seen) || c.after.gone && mayBeGone {
				continue
			}
			mayBeGone = mayBeGone || c.after.gone
		}
		h = append(h, c)
	}
	return h
}

// resent returns the history with a second run of each change that overlaps another
// change. No other second run matters.
func (h history) resent() history {
	resent := slices.Clone(h)
	for i, c := range h {
		for j, other := range h {
			if c.kind != find && i != j && other.kind != find && other.began.Before(c.ended) && c.began.Before(other.ended) {
				c.kind = again
				resent = append(resent, c)
				break
			}
		}
	}
	return resent
}

// nothing is the state of a session at first.
var nothing = []register{{}}

// check reports whether the calls have an order, if the session begins in one of the
// states first. It is Unknown if that takes too long to find out.
func (h history) check(first []register) porcupine.CheckResult {
	if len(h) == 0 {
		return porcupine.Ok
	}
	model := porcupine.NondeterministicModel{
		Init: func() (states []any) {
			for _, r := range first {
				states = append(states, r)
			}
			return states
		},
		Step: func(state, input, _ any) []any { return next(state.(register), input.(call)) },
	}
	ops := make([]porcupine.Operation, len(h))
	// A goroutine has one call at a time, except those that failed or are made again.
	ghost := slices.MaxFunc(h, func(a, b call) int { return cmp.Compare(a.client, b.client) }).client
	for i, c := range h {
		ops[i] = porcupine.Operation{
			ClientId: c.client, Input: c, Call: int64(c.began.Sub(epoch)), Return: int64(c.ended.Sub(epoch)),
		}
		if c.ended == never || c.kind == again {
			ghost++
			ops[i].ClientId = ghost
		}
	}
	return porcupine.CheckOperationsTimeout(model.ToModel(), ops, 3*time.Second)
}

// until returns what was known when a call ended: which others had ended, and
// which changes had begun.
func (h history) until(end time.Time) history {
	return slices.DeleteFunc(slices.Clone(h), func(c call) bool {
		return c.began.After(end) || c.kind == find && c.ended.After(end)
	})
}

// since returns the calls that began after end, with the changes that were under
// way then or failed before, and what the earlier ones may have left.
func (h history) since(end time.Time) (after history, first []register) {
	first = slices.Clone(nothing)
	for _, c := range h {
		if c.began.After(end) || c.kind != find && c.ended.After(end) {
			after = append(after, c)
		}
		if !c.began.After(end) && c.kind != find {
			first = append(first, c.after)
		}
	}
	return after, first
}

// giveaway returns the shortest beginning of a history that has no order.
func (h history) giveaway(first []register) history {
	byEnd := slices.SortedFunc(slices.Values(h), func(a, b call) int { return a.ended.Compare(b.ended) })
	n := sort.Search(len(byEnd)-1, func(i int) bool {
		return h.until(byEnd[i].ended).check(first) == porcupine.Illegal
	})
	return h.until(byEnd[n].ended)
}

// account returns the last calls of a history, a line for each with its beginning and
// end.
func (h history) account() string {
	const most = 12
	var lines []string
	for _, c := range h[max(0, len(h)-most):] {
		end := "?"
		if c.ended != never {
			end = fmt.Sprint(c.ended.Sub(h[0].began))
		}
		lines = append(lines, fmt.Sprintf("%v to %s  goroutine %d: %v", c.began.Sub(h[0].began), end, c.client, c))
	}
	return strings.Join(lines, "\n")
}

func (c call) String() string {
	_, _, number, _ := read(c.after.data)
	if c.kind == find || c.kind == list {
		return fmt.Sprintf("%s() = data %d, %t, %v", c.kind, number, c.after.found, c.err)
	}
	return fmt.Sprintf("%s(data %d) = %v", c.kind, number, c.err)
}
