package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var linearizableChecks = []check{
	{name: "Linearizable", run: func(c *checker) { linearizable(c) }},
}

func linearizable(stores ...*checker) {
	l := newLoad(stores...)
	l.begin()
	l.together(clients, (*client).randomCalls)
	l.end()
	l.judge()
}

// A load is a set of calls that many goroutines make on few sessions.
type load struct {
	c      *checker
	stores []*checker   // one store, or a store and its peers
	tokens []string     // all that were used
	clock  atomic.Int64 // counts the beginnings and ends of calls
	ops    []op

	// mayFail allows errors. A call that returned an error may have its effect at any
	// later time or never.
	mayFail bool

	mu      sync.Mutex // for tokens and the fields below
	inUse   []string   // the tokens of the next calls
	deletes map[string]int
}

const (
	clients    = 6
	loadTokens = 3

	// A client makes at least minCalls calls, and at most maxCalls or until the time is
	// over. It stops after maxErrors, because errors take long to judge.
	minCalls  = 8
	maxCalls  = 100
	maxErrors = 3
)

func newLoad(stores ...*checker) *load {
	tokens := newTokens(loadTokens)
	return &load{c: stores[0], stores: stores, tokens: tokens, inUse: slices.Clone(tokens), deletes: make(map[string]int)}
}

// pick returns a token that is in use.
func (l *load) pick(i int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inUse[i]
}

// replaceDead replaces a dead token by a new one after its second Delete. Between the two
// Deletes Commits try to bring it back.
func (l *load) replaceDead(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deletes[token]++
	if i := slices.Index(l.inUse, token); i >= 0 && l.deletes[token] > 1 {
		l.inUse[i] = newToken()
		l.tokens = append(l.tokens, l.inUse[i])
	}
}

// A client makes calls in one of the goroutines, and records them.
type client struct {
	l      *load
	stores []checker // those of the load, for this goroutine
	number int
	rand   *rand.Rand
	ops    []op
	wrote  int
	errors int
}

// together runs f in n goroutines, and adds their calls to l.ops.
func (l *load) together(n int, f func(cl *client)) {
	l.c.tb.Helper()
	l.start(n, f)()
}

func (l *load) start(n int, f func(cl *client)) (wait func()) {
	made := make([]*client, n)
	wrote := len(l.ops)
	joined := l.c.start(n, "", func(w *checker, i int) {
		cl := &client{l: l, number: i + 1, rand: rand.New(rand.NewPCG(uint64(i), uint64(wrote))), wrote: wrote}
		for _, c := range l.stores {
			over := *w
			over.store, over.api, over.receiver = c.store, c.api, c.receiver
			cl.stores = append(cl.stores, over)
		}
		made[i] = cl
		f(cl)
	})
	return func() {
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
	tokens := l.tokens
	l.together(len(tokens), func(cl *client) {
		token := tokens[cl.number-1]
		if len(l.stores) == 1 {
			for range 3 {
				cl.commit(0, token)
				cl.find(0, token)
			}
			cl.delete(0, token)
			cl.find(0, token)
			cl.commit(0, token)
			cl.find(0, token)
			return
		}
		cl.find(1, token)
		for i := range l.stores {
			one, other := i, (i+1)%len(l.stores)
			cl.commit(one, token)
			cl.find(other, token)
			cl.find(one, token)
			cl.commit(one, token)
			cl.find(other, token)
			cl.delete(one, token)
			cl.find(other, token)
		}
	})
}

func (l *load) end() {
	l.c.tb.Helper()
	l.together(len(l.tokens), func(cl *client) {
		for i := range l.stores {
			cl.find(i, l.tokens[cl.number-1])
		}
	})
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
	token, store := cl.l.pick(cl.rand.IntN(loadTokens)), cl.number%len(cl.l.stores)
	switch n := cl.rand.IntN(10); {
	case n < 5:
		cl.find(store, token)
	case n < 8:
		cl.commit(store, token)
	default:
		cl.delete(store, token)
	}
}

func (cl *client) find(store int, token string) {
	cl.call(store, op{kind: opFind, token: token}, func(w *checker, o *op) {
		b, found, err := w.api.find(w.ctx, token)
		if found && err == nil {
			o.after = register{true, string(b)}
		}
		o.err = err
	})
}

func (cl *client) commit(store int, token string) {
	cl.wrote++
	// Every second value is repeated, so that lengths differ and a mix of two values shows.
	value := fmt.Sprintf("%d.%02d", cl.number, cl.wrote)
	if cl.wrote%2 == 1 {
		value += " " + value
	}
	cl.call(store, op{kind: opCommit, token: token, after: register{true, value}}, func(w *checker, o *op) {
		o.err = w.api.commit(w.ctx, token, []byte(value), w.clock.long())
	})
}

func (cl *client) delete(store int, token string) {
	final := cl.l.c.suite.finalDelete
	cl.call(store, op{kind: opDelete, final: final, token: token}, func(w *checker, o *op) {
		o.err = w.api.delete(w.ctx, token)
	})
	if final {
		cl.l.replaceDead(token)
	}
}

// call makes one call and records it.
func (cl *client) call(store int, o op, f func(w *checker, o *op)) {
	w := &cl.stores[store]
	w.tb.Helper()
	o.client = cl.number
	o.text = func() string {
		switch o.kind {
		case opFind:
			return w.findText(o.token)
		case opDelete:
			return w.deleteText(o.token)
		}
		return w.callText(w.api.commitName, w.quote(o.token), quoteData([]byte(o.after.value)))
	}
	o.call = cl.l.clock.Add(1)
	w.guard(o.token, o.text, func() { f(w, &o) })
	o.end = cl.l.clock.Add(1)
	if o.err != nil {
		cl.errors++
		if !cl.l.mayFail {
			w.failf("%s = %s; want no error", o.text(), o.result())
		}
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
			few := h.minimise()
			promise := ""
			if l.c.suite.finalDelete {
				promise = ", when nothing is stored after a Delete (storetest.FinalDelete)"
			}
			l.c.failf("of %d calls on %s by goroutines at the same time, these have no order that explains their results%s\n%s%s",
				len(ops), l.c.quote(token), promise, few.account(), h.picture())
			return
		case unknown:
			l.c.tb.Logf("not judged: finding an order of the %d calls on %s takes longer than %v", len(ops), l.c.quote(token), judgeTimeout)
		}
	}
	l.c.tb.Logf("%d calls", len(l.ops))
}
