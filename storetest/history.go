package storetest

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
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

// A register is the state of one token in a store.
type register struct {
	found bool
	value string
}

func sessionOf(data string) register { return register{true, data} }

var noSession register

// An op is one call on a token.
type op struct {
	client int
	method string
	final  bool // no Commit has an effect after this Delete
	token  string
	text   func() string // the call and its result
	after  register      // the result of a Find, or the data of a Commit
	err    error

	// When the call began and ended, counted over all clients. A failed call ends never:
	// it may take effect at any later time, or not at all, which is the same as after all
	// others.
	begin, end int64
}

const never = math.MaxInt64

// A history is calls on one token.
type history []op

// newHistory leaves out calls that prove nothing: a failed Find, and a failed Commit
// whose data no Find returned.
func newHistory(ops []op) (h history) {
	seen := make(map[register]bool)
	for _, o := range ops {
		if o.method == "Find" && o.err == nil {
			seen[o.after] = true
		}
	}
	for _, o := range ops {
		if o.err != nil {
			o.end = never
		}
		if o.err == nil || o.method == "Delete" || o.method == "Commit" && seen[o.after] {
			h = append(h, o)
		}
	}
	return h
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
		case o.method == "Find":
			return was.register == o.after, was
		case o.method == "Delete":
			return true, tokenState{dead: was.dead || o.final}
		case was.dead:
			return true, was
		}
		return true, tokenState{register: o.after}
	},
	DescribeOperation: func(input, _ any) string { return input.(op).text() },
}

func (h history) check(timeout time.Duration) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(model, h.operations(), timeout)
}

func (h history) operations() []porcupine.Operation {
	ops := make([]porcupine.Operation, len(h))
	for i, o := range h {
		ops[i] = porcupine.Operation{ClientId: o.client, Input: o, Call: o.begin, Return: o.end}
	}
	return ops
}

// minimise returns a small part of a history without an order that has no order either.
// The calls are in the order in which they began.
func (h history) minimise() history {
	h = slices.Clone(h)
	slices.SortFunc(h, func(a, b op) int { return cmp.Compare(a.end, b.end) })
	// Search for the shortest beginning of the history that has no order.
	if n := sort.Search(len(h), func(i int) bool { return h.until(h[i].end).check(minimiseTimeout) == illegal }); n < len(h) {
		h = h.until(h[n].end)
	}
	// Leave out each Find that is not needed, then each change.
	slices.SortFunc(h, func(a, b op) int { return cmp.Compare(a.begin, b.begin) })
	deadline := time.Now().Add(minimiseTimeout)
	for _, finds := range []bool{true, false} {
		for _, o := range slices.Backward(h) {
			if (o.method == "Find") != finds || time.Now().After(deadline) {
				continue
			}
			if rest := h.without(o); rest.check(minimiseTimeout/4) == illegal {
				h = rest
			}
		}
	}
	return h
}

// until and without leave out calls so that a history with an order still has one.

// until returns the Finds that had ended at the time end, and the changes that had begun.
func (h history) until(end int64) history {
	return slices.DeleteFunc(slices.Clone(h), func(o op) bool {
		return o.begin > end || o.method == "Find" && o.end > end
	})
}

// without leaves out a call, and the Finds whose result nothing else may explain.
func (h history) without(o op) history {
	return slices.DeleteFunc(slices.Clone(h), func(find op) bool {
		if find.begin == o.begin {
			return true
		}
		if o.method == "Find" || find.method != "Find" || find.after != o.after || find.end < o.begin {
			return false
		}
		// A change between a Delete and the Find explains why no session was found. After a
		// final Delete only another Delete explains it, not a Commit.
		return o.method == "Commit" || !slices.ContainsFunc(h, func(w op) bool {
			return w.method != "Find" && (w.method == "Delete" || !o.final) && o.end < w.begin && w.end < find.begin
		})
	})
}

// account describes a history, a line for each call. Numbers give the sequence of all
// beginnings and ends.
func (h history) account() string {
	var times []int64
	for _, o := range h {
		times = append(times, o.begin, o.end)
	}
	slices.Sort(times)
	place := func(t int64) string {
		if t == never {
			return "?"
		}
		return fmt.Sprint(slices.Index(times, t) + 1)
	}
	var b strings.Builder
	for _, o := range h {
		fmt.Fprintf(&b, "\t%2s to %-2s  goroutine %d: %s\n", place(o.begin), place(o.end), o.client, o.text())
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
