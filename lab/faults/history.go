package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

type kind string

const (
	find   kind = "Find"
	commit kind = "Commit"
	del    kind = "Delete"
)

// A register is what a store knows about one token.
type register struct {
	found bool
	data  string
}

// A call is one call on a token, and what came of it.
type call struct {
	client int
	kind   kind
	after  register // what it has found, stored or left
	err    error

	// When it began and ended, counted over all clients, and by the clock. The
	// order of a call that failed has no end: it may take effect at any later
	// time or, which is the same, after everything else.
	begin, end   int64
	began, ended time.Time
}

const never = math.MaxInt64

// A history is calls on one token, in the order in which they began.
type history []call

// newHistory leaves out what says nothing: a Find that failed, and a Commit that
// failed and whose data nobody has seen.
func newHistory(calls []call) history {
	seen := make(map[string]bool)
	for _, c := range calls {
		if c.kind == find && c.err == nil {
			seen[c.after.data] = true
		}
	}
	var h history
	for _, c := range calls {
		if c.err != nil {
			c.end = never
		}
		if c.err == nil || c.kind == del || c.kind == commit && seen[c.after.data] {
			h = append(h, c)
		}
	}
	slices.SortFunc(h, func(a, b call) int { return cmp.Compare(a.begin, b.begin) })
	return h
}

// again is the kind of a change that a client makes once more while the call is
// under way, or does not: it retries one whose reply it has not received.
const again kind = "again"

// repeated returns the history with as many changes made again as matter: while
// another change is under way.
func (h history) repeated() history {
	var repeats history
	for i, c := range h {
		if c.kind == find {
			continue
		}
		for j, other := range h {
			if i != j && other.kind != find && other.begin < c.end && c.begin < other.end {
				c.kind = again
				repeats = append(repeats, c)
				break
			}
		}
	}
	return append(repeats, h...)
}

// A start is what a session may be at first.
type start []register

var nothing = start{{}}

// model is that of a register.
func model(first start) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() (states []any) {
			for _, r := range first {
				states = append(states, r)
			}
			return states
		},
		Step: func(s, input, _ any) []any {
			switch c := input.(call); {
			case c.kind == again && s != c.after:
				return []any{s, c.after}
			case c.kind == find && s != c.after:
				return nil
			default:
				return []any{c.after}
			}
		},
	}
	return m.ToModel()
}

const (
	judgeTimeout    = 3 * time.Second
	minimiseTimeout = 3 * time.Second
)

// check reports whether the calls can be put in an order. It is Unknown if that
// takes too long to find out.
func (h history) check(first start, timeout time.Duration) porcupine.CheckResult {
	if len(h) == 0 {
		return porcupine.Ok
	}
	ops := make([]porcupine.Operation, len(h))
	// A goroutine has one call at a time, but for those that failed or are made again.
	ghost := slices.MaxFunc(h, func(a, b call) int { return cmp.Compare(a.client, b.client) }).client
	for i, c := range h {
		ops[i] = porcupine.Operation{ClientId: c.client, Input: c, Call: c.begin, Return: c.end}
		if c.end == never || c.kind == again {
			ghost++
			ops[i].ClientId = ghost
		}
	}
	return porcupine.CheckOperationsTimeout(model(first), ops, timeout)
}

// until returns what was known when a call ended: which others had ended, and
// which changes had begun.
func (h history) until(end int64) history {
	var known history
	for _, c := range h {
		switch {
		case c.begin > end || c.end > end && c.kind == find:
			continue
		case c.end > end:
			c.end = never
		}
		known = append(known, c)
	}
	return known
}

// shortest returns the shortest beginning of a history that has no order, without
// the calls that do not matter for that.
func (h history) shortest(first start) history {
	illegal := func(h history) bool { return h.check(first, minimiseTimeout/4) == porcupine.Illegal }
	ends := make([]int64, 0, len(h))
	for _, c := range h {
		ends = append(ends, c.end)
	}
	slices.Sort(ends)
	n, _ := slices.BinarySearchFunc(ends, true, func(end int64, _ bool) int {
		if illegal(h.until(end)) {
			return 0
		}
		return -1
	})
	if n < len(ends) {
		h = h.until(ends[n])
	}
	deadline := time.Now().Add(minimiseTimeout)
	for smaller := true; smaller; {
		smaller = false
		for i := len(h) - 1; i >= 0 && time.Now().Before(deadline); i-- {
			if rest := slices.Delete(slices.Clone(h), i, i+1); h.spare(i) && illegal(rest) {
				h, smaller = rest, true
			}
		}
	}
	return h
}

// spare reports whether the rest has an order if the whole, with call i, has
// one: leaving out a change would make a Find of what it left a riddle.
func (h history) spare(i int) bool {
	c := h[i]
	if c.kind == find {
		return true
	}
	for _, f := range h {
		if f.kind != find || f.after != c.after || f.end < c.begin {
			continue
		}
		// What deleted the session that was not found may have been a later one, or
		// nobody had committed it.
		other := func(w call) bool {
			return w.kind == del && c.end < w.begin && w.end < f.begin
		}
		earlier := func(w call) bool { return w.kind == commit && w.begin < f.end }
		if c.after.found || !slices.ContainsFunc(h, other) && slices.ContainsFunc(h, earlier) {
			return false
		}
	}
	return true
}

// account tells a history, a line for each call, with its beginning and end as
// places in the sequence of both.
func (h history) account() string {
	const most = 12
	var times []int64
	for _, c := range h {
		times = append(times, c.begin, c.end)
	}
	slices.Sort(times)
	place := func(t int64) string {
		if t == never {
			return "?"
		}
		i, _ := slices.BinarySearch(times, t)
		return fmt.Sprint(i + 1)
	}
	var b strings.Builder
	for i, c := range h {
		if i == most {
			fmt.Fprintf(&b, "    and %d more\n", len(h)-most)
			break
		}
		fmt.Fprintf(&b, "    %2s to %-2s  goroutine %d: %s\n", place(c.begin), place(c.end), c.client, c)
	}
	return b.String()
}

func (c call) String() string {
	switch {
	case c.kind == commit && c.end == never && c.err == nil:
		return fmt.Sprintf("Commit(%s) = …", number(c.after.data)) // not returned yet
	case c.kind == commit:
		return fmt.Sprintf("Commit(%s) = %v", number(c.after.data), c.err)
	case c.kind == del && c.end == never && c.err == nil:
		return "Delete() = …"
	case c.kind == del:
		return fmt.Sprintf("Delete() = %v", c.err)
	case c.after.found:
		return fmt.Sprintf("Find() = %s, true, %v", number(c.after.data), c.err)
	}
	return fmt.Sprintf("Find() = nil, false, %v", c.err)
}
