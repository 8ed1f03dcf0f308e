package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

var linearizableChecks = []check{
	{name: "Linearizable", run: func(c *checker) { linearizable(c) }},
}

func linearizable(stores ...*checker) {
	l := newLoad(stores...)
	l.begin()
	l.start(clients, (*client).randomCalls)()
	l.end()
	l.judge()
}

// A load is a set of calls that many goroutines make on few sessions.
type load struct {
	c      *checker
	stores []*checker // one store, or a store and its peers
	tokens []string
	clock  atomic.Int64 // counts the beginnings and ends of calls
	ops    []op

	// mayFail allows errors. A call that returned an error may have its effect at any
	// later time or never.
	mayFail bool
}

const (
	clients    = 6
	loadTokens = 3 // at a time

	// A client makes at least minCalls calls, and at most maxCalls or until the time is
	// over. It stops after maxErrors, because errors take long to judge.
	minCalls  = 8
	maxCalls  = 100
	maxErrors = 3

	// With FinalDelete a deleted token is dead, so all clients go on to the next
	// generation of tokens after this many calls.
	generations    = 20
	generationSpan = 12
)

func newLoad(stores ...*checker) *load {
	l := &load{c: stores[0], stores: stores, tokens: newTokens(loadTokens)}
	if l.c.suite.finalDelete {
		l.tokens = newTokens(loadTokens * generations)
	}
	return l
}

// A client makes calls in one of the goroutines, and records them.
type client struct {
	l      *load
	stores []checker // those of the load, for this goroutine
	number int
	rand   *rand.Rand
	before int // the calls that were made before it began
	ops    []op
	wrote  int
	errors int
}

// start runs f in n goroutines. wait adds their calls to l.ops.
func (l *load) start(n int, f func(cl *client)) (wait func()) {
	made := make([]*client, n)
	before := len(l.ops)
	joined := l.c.start(n, "", func(w *checker, i int) {
		cl := &client{l: l, number: i + 1, rand: rand.New(rand.NewPCG(uint64(i), uint64(before))), before: before, wrote: before}
		for _, c := range l.stores {
			over := *w
			over.store, over.api, over.receiver = c.store, c.api, c.receiver
			cl.stores = append(cl.stores, over)
		}
		made[i] = cl
		f(cl)
	})
	return func() {
		l.c.tb.Helper()
		joined()
		for _, cl := range made {
			l.ops = append(l.ops, cl.ops...)
		}
	}
}

// begin and end call every method on every token, each token in one goroutine. A store
// that is wrong even then gets a short and simple history.
func (l *load) begin() {
	l.c.tb.Helper()
	l.start(loadTokens, func(cl *client) {
		token, n := l.tokens[cl.number-1], len(l.stores)
		cl.call(1%n, "Find", token)
		for one := range n {
			other := (one + 1) % n
			cl.call(one, "Commit", token)
			cl.call(other, "Find", token)
			cl.call(one, "Find", token)
			cl.call(one, "Commit", token)
			cl.call(other, "Find", token)
			cl.call(one, "Delete", token)
			cl.call(other, "Find", token)
		}
		cl.call(0, "Commit", token)
		cl.call(1%n, "Find", token)
	})()
}

func (l *load) end() {
	l.c.tb.Helper()
	l.start(len(l.tokens), func(cl *client) {
		for i := range l.stores {
			cl.call(i, "Find", l.tokens[cl.number-1])
		}
	})()
}

// randomCalls makes random calls on random tokens.
func (cl *client) randomCalls() {
	start := time.Now()
	for i := 0; i < minCalls || i < maxCalls && time.Since(start) < roundBudget; i++ {
		if cl.errors >= maxErrors {
			return
		}
		cl.randomCall()
	}
}

func (cl *client) randomCall() {
	method := "Find"
	switch n := cl.rand.IntN(10); {
	case n < 2:
		method = "Delete"
	case n < 5:
		method = "Commit"
	}
	generation := (cl.before + len(cl.ops)) / generationSpan % (len(cl.l.tokens) / loadTokens)
	cl.call(cl.number%len(cl.l.stores), method, cl.l.tokens[generation*loadTokens+cl.rand.IntN(loadTokens)])
}

// call makes one call and records it.
func (cl *client) call(store int, method, token string) {
	w, k := &cl.stores[store], call{method: method, token: token}
	w.tb.Helper()
	o := op{client: cl.number, method: method, token: token, final: w.suite.finalDelete}
	if method == "Commit" {
		cl.wrote++
		// Every second value is repeated, so that lengths differ and a mix of two values shows.
		value := fmt.Sprintf("%d.%02d", cl.number, cl.wrote)
		if cl.wrote%2 == 1 {
			value += " " + value
		}
		k, o.after = w.longCall(token, value), sessionOf(value)
	}
	o.begin = cl.l.clock.Add(1)
	r := w.do(k)
	o.end = cl.l.clock.Add(1)
	o.err = r.err
	o.text = func() string { return w.text(k) + " = " + r.text(method) }
	switch {
	case o.err != nil:
		cl.errors++
		if !cl.l.mayFail {
			w.failf("%s; want no error", o.text())
		}
	case r.found:
		o.after = sessionOf(string(r.data))
	}
	cl.ops = append(cl.ops, o)
}

// judge reports the first token whose calls have no sequential order.
func (l *load) judge() {
	l.c.tb.Helper()
	for _, token := range l.tokens {
		var ops []op
		for _, o := range l.ops {
			if o.token == token {
				ops = append(ops, o)
			}
		}
		switch h := newHistory(ops); h.check(judgeTimeout) {
		case illegal:
			promise := ""
			if l.c.suite.finalDelete {
				promise = ", when nothing is stored after a Delete (storetest.FinalDelete)"
			}
			l.c.failf("of %d calls on %s by goroutines at the same time, these have no order that explains their results%s\n%s%s",
				len(ops), l.c.quote(token), promise, h.minimise().account(), h.picture())
			return
		case unknown:
			l.c.tb.Logf("not judged: finding an order of the %d calls on %s takes longer than %v", len(ops), l.c.quote(token), judgeTimeout)
		}
	}
	l.c.tb.Logf("%d calls", len(l.ops))
}
