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
	calls  []call
}

type call struct {
	token string
	text  func() string // a function, because the text is seldom needed
	every bool          // it belongs to the story of every token
}

// about returns the texts of the calls about a token.
func (t *trace) about(token string) (texts []string) {
	if t.before != nil {
		texts = t.before.about(token)
	}
	for _, k := range t.calls {
		if k.token == token || k.every {
			texts = append(texts, k.text())
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
	if c.labels == nil {
		c.labels = make(map[string]string)
	}
	c.labels[token] = label
	return token
}

// callText describes a call. It leaves out a context without a label.
func (c *checker) callText(method string, args ...string) string {
	if c.ctxLabel != "" && strings.HasSuffix(method, "Ctx") {
		args = append([]string{c.ctxLabel}, args...)
	}
	return c.receiver + method + "(" + strings.Join(args, ", ") + ")"
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
	c.trace.calls = append(c.trace.calls, call{token: token, text: func() string { return text }})
}

func (c *checker) rememberEvent(text string) {
	c.trace.calls = append(c.trace.calls, call{text: func() string { return text }, every: true})
}

func (c *checker) tryCommit(token string, b []byte, expiry time.Time) (err error) {
	now := c.clock.now()
	defer c.clock.committed(time.Now())
	return c.change(token, func() string { return c.commitText(token, len(b), expiry, now) }, func() error {
		return c.api.commit(c.ctx, token, b, expiry)
	})
}

func (c *checker) commitText(token string, size int, expiry, now time.Time) string {
	return c.callText(c.api.commitName, c.quote(token), fmt.Sprintf("%d bytes", size), formatExpiry(expiry, now))
}

func (c *checker) tryFind(token string) (b []byte, found bool, err error) {
	c.guard(token, func() string { return c.findText(token) }, func() { b, found, err = c.api.find(c.ctx, token) })
	return b, found, err
}

func (c *checker) findText(token string) string { return c.callText(c.api.findName, c.quote(token)) }

func (c *checker) tryDelete(token string) (err error) {
	return c.change(token, func() string { return c.deleteText(token) }, func() error { return c.api.delete(c.ctx, token) })
}

func (c *checker) deleteText(token string) string {
	return c.callText(c.api.deleteName, c.quote(token))
}

// change makes a call and remembers it.
func (c *checker) change(token string, text func() string, f func() error) (err error) {
	c.guard(token, text, func() { err = f() })
	c.trace.calls = append(c.trace.calls, call{token: token, text: func() string {
		if err != nil {
			return text() + " = " + formatError(err)
		}
		return text()
	}})
	return err
}

func (c *checker) tryAll() (sessions map[string][]byte, err error) {
	c.guard("", c.allText, func() { sessions, err = c.api.all(c.ctx) })
	return sessions, err
}

// lists reports whether the store has an All that lists something.
func (c *checker) lists() bool { return c.api.all != nil && c.suite.listsNothing[c.api.allName] == "" }

func (c *checker) allText() string { return c.callText(c.api.allName) }

// commit stores a session, and ends the check if it cannot.
func (c *checker) commit(token string, b []byte, expiry time.Time) {
	if err := c.tryCommit(token, b, expiry); err != nil {
		c.tb.Helper()
		c.failf("%s; want nil", c.story(token, c.popCall()))
		c.stop()
	}
}

// longSession commits a session that outlives the check, shortSession one that does not.
func (c *checker) longSession(data string) (token string, expiry time.Time) {
	c.tb.Helper()
	token, expiry = newToken(), c.clock.long()
	c.commit(token, []byte(data), expiry)
	return token, expiry
}

func (c *checker) shortSession(data string) (token string, expiry time.Time) {
	c.tb.Helper()
	token, expiry = newToken(), c.clock.short()
	c.commit(token, []byte(data), expiry)
	return token, expiry
}

// longSessions commits n sessions that outlive the check, each with data of its own.
func (c *checker) longSessions(n int) map[string][]byte {
	c.tb.Helper()
	sessions := make(map[string][]byte)
	for i, token := range newTokens(n) {
		sessions[token] = fmt.Appendf(nil, "session \x00 %d", i)
		c.commit(token, sessions[token], c.clock.long())
	}
	return sessions
}

func (c *checker) delete(token string) {
	if err := c.tryDelete(token); err != nil {
		c.tb.Helper()
		c.failf("%s; want nil", c.story(token, c.popCall()))
	}
}

// addToStories puts the latest call into the stories of other tokens too.
func (c *checker) addToStories(tokens ...string) {
	last := c.trace.calls[len(c.trace.calls)-1]
	for _, token := range tokens {
		c.trace.calls = append(c.trace.calls, call{token: token, text: last.text})
	}
}

// popCall removes the latest call from the trace and returns its text.
func (c *checker) popCall() string {
	calls := c.trace.calls
	last := calls[len(calls)-1]
	c.trace.calls = calls[:len(calls)-1]
	return last.text()
}

// with returns a checker that makes its calls with another context.
func (c *checker) with(ctx context.Context, label string) *checker {
	d := *c
	d.ctx, d.ctxLabel = ctx, label
	return &d
}

// second returns a checker over another store, in the same check.
func (c *checker) second() *checker {
	d := *c
	d.store = c.suite.open(c.tb)
	d.api = c.mode.api(d.store)
	d.trace = new(trace)
	c.receiver, d.receiver = "store1.", "store2."
	return &d
}

// peer returns a checker over another store of the same keyspace, in the same check.
func (c *checker) peer() *checker {
	d := *c
	d.store = c.suite.opened(c.tb, "the function of Peer", func() scs.Store { return c.suite.peer(c.tb, c.store) })
	d.api = c.mode.api(d.store)
	c.receiver, d.receiver = "store.", "peer."
	return &d
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
