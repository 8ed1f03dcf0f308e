package storetest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A checker has all that a check needs: a fresh store, the methods to call, the clock and
// the functions that report. It remembers calls, so that a failure can list the calls on
// a token, its story.
//
// Its methods commit and delete fail the check if the store returns an error. Methods
// whose names begin with try return the error.
type checker struct {
	tb    testing.TB
	rule  string
	suite *suite
	mode  mode
	store scs.Store
	api   api
	clock *clock

	ctx      context.Context
	ctxLabel string // shown as the first argument, if not ""

	receiver string // shown before the method if there is more than one store
	while    string // what happened at the same time, shown before the calls

	labels map[string]string // by token, what is special about it
	trace  *trace

	caller *caller // of the goroutine that the check runs in
	stop   func()  // ends that goroutine
	fails  *failures
}

// A trace holds the calls that changed something, in the order they were made.
type trace struct {
	before *trace // the trace of the goroutine that started this one, or nil
	events []event
}

// An event is a call, or something else that a story tells.
type event struct {
	token string
	text  func() string // a function, because the text is seldom needed
	every bool          // it belongs to the story of every token
}

// about returns the texts of the events about a token.
func (t *trace) about(token string) (texts []string) {
	if t.before != nil {
		texts = t.before.about(token)
	}
	for _, e := range t.events {
		if e.token == token || e.every {
			texts = append(texts, e.text())
		}
	}
	return texts
}

// failures holds what a check has reported, in all its goroutines.
type failures struct {
	n    atomic.Int64
	said sync.Map    // the messages
	hung atomic.Bool // a call did not return
}

// maxFailures is the most failures that one check reports.
const maxFailures = 4

// failf reports a failure. The check continues.
func (c *checker) failf(format string, args ...any) {
	c.tb.Helper()
	msg := fmt.Sprintf(format, args...)
	if c.while != "" {
		msg = c.while + ": " + msg
	}
	if _, said := c.fails.said.LoadOrStore(msg, true); said {
		c.stop() // it would repeat this message
	}
	n := c.fails.n.Add(1)
	if n > maxFailures {
		c.stop()
	}
	c.tb.Errorf("%s\nrule: %s", msg, c.rule)
	if n == maxFailures {
		c.stop()
	}
}

// story returns the latest calls about a token, followed by last, as one sentence.
func (c *checker) story(token, last string) string {
	const most = 3
	texts := c.trace.about(token)
	if len(texts) > most {
		texts = append([]string{"…"}, texts[len(texts)-most:]...)
	}
	return strings.Join(append(texts, last), ", then ")
}

// pass makes time pass until an expiry has certainly come.
func (c *checker) pass(expiry time.Time) {
	passed := expiry.Add(c.clock.late()).Sub(c.clock.now())
	c.rememberEvent(formatDuration(max(passed, 0)) + " pass")
	c.clock.pass(expiry)
}

func (c *checker) quote(token string) string { return quoteToken(token, c.labels[token]) }

// label sets the text that messages show after a token, and returns the token.
func (c *checker) label(token, label string) string {
	c.labels[token] = label
	return token
}

// text describes a call. It leaves out a context without a label.
func (c *checker) text(k call) string {
	var args []string
	name := c.api.names[k.method]
	if c.ctxLabel != "" && strings.HasSuffix(name, "Ctx") {
		args = append(args, c.ctxLabel)
	}
	if k.method != "All" {
		args = append(args, c.quote(k.token))
	}
	if k.method == "Commit" {
		args = append(args, quoteData(k.data), formatExpiry(k.expiry, k.at))
	}
	return c.receiver + name + "(" + strings.Join(args, ", ") + ")"
}

// panicPlace names the function that panicked. The deferred function that recovers must
// call it directly.
func panicPlace() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			name := f.Function[strings.LastIndex(f.Function, "/")+1:]
			return fmt.Sprintf(" in %s (%s:%d)", name, f.File[strings.LastIndex(f.File, "/")+1:], f.Line)
		}
		if !more {
			return ""
		}
	}
}

// remember adds a call to the story of a token. rememberEvent adds an event to the
// stories of all tokens.
func (c *checker) remember(token, text string) {
	c.trace.events = append(c.trace.events, event{token: token, text: func() string { return text }})
}

func (c *checker) rememberEvent(text string) {
	c.trace.events = append(c.trace.events, event{text: func() string { return text }, every: true})
}

// addToStories puts the latest call into the stories of other tokens too.
func (c *checker) addToStories(tokens ...string) {
	last := c.trace.events[len(c.trace.events)-1]
	for _, token := range tokens {
		c.trace.events = append(c.trace.events, event{token: token, text: last.text})
	}
}

// popLast removes the latest event from the trace and returns its text.
func (c *checker) popLast() string {
	events := c.trace.events
	last := events[len(events)-1]
	c.trace.events = events[:len(events)-1]
	return last.text()
}

// failLast reports that the latest event in the story of a token is wrong.
func (c *checker) failLast(token, want string) {
	c.tb.Helper()
	c.failf("%s; want %s", c.story(token, c.popLast()), want)
}

// with returns a checker that makes its calls with another context.
func (c *checker) with(ctx context.Context, label string) *checker {
	d := *c
	d.ctx, d.ctxLabel = ctx, label
	return &d
}

// over returns a checker over another store, in the same check. opener is the option whose
// function opens the store, receiver what messages show before its methods.
func (c *checker) over(opener, receiver string, open func() scs.Store) *checker {
	c.tb.Helper()
	d := *c
	d.store = c.suite.opened(c.tb, opener, open)
	d.api, d.receiver = c.mode.api(d.store), receiver
	return &d
}

// second returns a checker over another store with a story of its own.
func (c *checker) second() *checker {
	d := c.over("newStore", "store2.", func() scs.Store { return c.suite.newStore(c.tb) })
	d.trace, c.receiver = new(trace), "store1."
	return d
}

// peer returns a checker over another store of the same keyspace.
func (c *checker) peer() *checker {
	c.receiver = "store."
	return c.over("the function of Peer", "peer.", func() scs.Store { return c.suite.peer(c.tb, c.store) })
}

// together calls f in n goroutines that start at the same time, each with a checker of
// its own. If one of them has reported a failure, it ends the check.
func (c *checker) together(n int, while string, f func(w *checker, i int)) {
	c.tb.Helper()
	c.start(n, while, f)()
}

// start is together without the wait: the caller calls wait later.
func (c *checker) start(n int, while string, f func(w *checker, i int)) (wait func()) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		w := *c
		w.trace = &trace{before: c.trace}
		w.while = while
		w.stop = runtime.Goexit
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-begin
			w.run(func() { f(&w, i) })
		}()
	}
	close(begin)
	return func() {
		wg.Wait()
		if c.fails.n.Load() > 0 {
			c.stop()
		}
	}
}
