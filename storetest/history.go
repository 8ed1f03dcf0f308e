package storetest

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// judgeTimeout bounds the judgement of one token, minimiseTimeout the search for fewer
// calls that prove it.
const (
	judgeTimeout    = 3 * time.Second
	minimiseTimeout = 2 * time.Second
)

const (
	illegal = porcupine.Illegal
	unknown = porcupine.Unknown
)

type opKind int

const (
	opFind opKind = iota
	opCommit
	opDelete
)

// A register is the state of one token in a store.
type register struct {
	found bool
	value string
}

// An op is one call on a token.
type op struct {
	client int
	kind   opKind
	final  bool // no Commit has an effect after this Delete
	token  string
	text   func() string // the call in words
	after  register      // the result of a Find, or the data of a Commit
	err    error

	// When the call began and ended, counted over all clients. A failed call ends never:
	// it may take effect at any later time, or not at all, which is the same as after all
	// others.
	call, end int64
}

const never = math.MaxInt64

// A history is calls on one token.
type history []op

// newHistory leaves out calls that prove nothing: a failed Find, and a failed Commit
// whose data no Find returned.
func newHistory(ops []op) history {
	var h history
	for _, o := range ops {
		if o.err != nil {
			o.end = never
		}
		if o.err == nil || o.kind == opDelete || o.kind == opCommit && seen(ops, o) {
			h = append(h, o)
		}
	}
	return h
}

// seen reports whether a Find returned the data of a Commit.
func seen(ops []op, commit op) bool {
	return slices.ContainsFunc(ops, func(o op) bool { return o.kind == opFind && o.err == nil && o.after == commit.after })
}

// A tokenState is a register that may be dead: after a final Delete it never changes
// again.
type tokenState struct {
	register
	dead bool
}

var model = porcupine.Model{
	Init: func() any { return tokenState{} },
	Step: func(state, input, _ any) (bool, any) {
		was, o := state.(tokenState), input.(op)
		switch {
		case o.kind == opFind:
			return was.register == o.after, was
		case o.kind == opDelete:
			return true, tokenState{dead: was.dead || o.final}
		case was.dead:
			return true, was
		}
		return true, tokenState{register: o.after}
	},
	DescribeOperation: func(input, _ any) string {
		o := input.(op)
		return o.text() + " = " + o.result()
	},
	DescribeState: func(state any) string {
		switch s := state.(tokenState); {
		case s.found:
			return quoteData([]byte(s.value))
		case s.dead:
			return "deleted for good"
		}
		return "no session"
	},
}

func (h history) operations() []porcupine.Operation {
	ops := make([]porcupine.Operation, len(h))
	freeClient := slices.MaxFunc(h, func(a, b op) int { return cmp.Compare(a.client, b.client) }).client
	for i, o := range h {
		ops[i] = porcupine.Operation{ClientId: o.client - 1, Input: o, Call: o.call, Return: o.end}
		if o.end == never {
			// A client has one call at a time, and this one's has continued.
			ops[i].ClientId = freeClient
			freeClient++
		}
	}
	return ops
}

func (h history) check(timeout time.Duration) porcupine.CheckResult {
	if len(h) == 0 {
		return porcupine.Ok
	}
	return porcupine.CheckOperationsTimeout(model, h.operations(), timeout)
}

// minimise returns a small part of a history without an order that has no order either.
// It keeps each Commit whose data a Find returned: the part would prove nothing
// otherwise. The calls are in the order in which they began.
func (h history) minimise() history {
	slices.SortFunc(h, func(a, b op) int { return cmp.Compare(a.call, b.call) })
	ends := make([]int64, 0, len(h))
	for _, o := range h {
		ends = append(ends, o.end)
	}
	slices.Sort(ends)
	// Search for the shortest beginning of the history that has no order.
	n, _ := slices.BinarySearchFunc(ends, true, func(end int64, _ bool) int {
		if h.until(end).check(minimiseTimeout) == illegal {
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
		for _, kind := range []opKind{opFind, opCommit, opDelete} {
			for i := len(h) - 1; i >= 0; i-- {
				if h[i].kind != kind || !h.canOmit(i) || time.Now().After(deadline) {
					continue
				}
				if rest := slices.Delete(slices.Clone(h), i, i+1); rest.check(minimiseTimeout/4) == illegal {
					h, smaller = rest, true
				}
			}
		}
	}
	return h
}

// until returns the history at the time end: calls that had ended, and changes that had
// begun.
func (h history) until(end int64) history {
	var begun history
	for _, o := range h {
		switch {
		case o.call > end || o.end > end && o.kind == opFind:
			continue
		case o.end > end:
			o.end = never
		}
		begun = append(begun, o)
	}
	return begun
}

// canOmit reports whether a history with an order has one without call i too.
func (h history) canOmit(i int) bool {
	o := h[i]
	if o.kind == opFind {
		return true
	}
	for _, find := range h {
		if find.kind != opFind || find.after != o.after || find.end < o.call {
			continue
		}
		if o.kind == opCommit {
			return false
		}
		// Another, later change may explain why no session was found. After a final
		// Delete only another Delete explains it, not a Commit.
		later := func(w op) bool {
			return w.kind != opFind && (w.kind == opDelete || !o.final) && o.end < w.call && w.end < find.call
		}
		if !slices.ContainsFunc(h, later) {
			return false
		}
	}
	return true
}

func (o op) result() string {
	if o.kind == opFind && o.err == nil {
		b := []byte(nil)
		if o.after.found {
			b = []byte(o.after.value)
		}
		return fmt.Sprintf("%s, %t, <nil>", quoteData(b), o.after.found)
	}
	return formatError(o.err)
}

// account describes a history, a line for each call. Numbers give the sequence of all
// beginnings and ends.
func (h history) account() string {
	var times []int64
	for _, o := range h {
		times = append(times, o.call, o.end)
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
	for _, o := range h {
		result := o.result()
		if o.end == never && o.err == nil {
			result = "…" // the call had not returned yet
		}
		fmt.Fprintf(&b, "\t%2s to %-2s  goroutine %d: %s = %s\n", place(o.call), place(o.end), o.client, o.text(), result)
	}
	return b.String()
}

// picture draws all calls into a file, which it does not remove, and names the file.
func (h history) picture() string {
	_, info := porcupine.CheckOperationsVerbose(model, h.operations(), judgeTimeout)
	f, err := os.CreateTemp("", "storetest-*.html")
	if err != nil {
		return fmt.Sprintf("no picture: %v", err)
	}
	defer f.Close()
	if err := porcupine.Visualize(model, info, f); err != nil {
		return fmt.Sprintf("no picture: %v", err)
	}
	return "picture of all: " + f.Name()
}
