package storetest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// callBound is how long a call of the store may take, whether the backend works or not. It
// is long because clients retry and machines are slow.
const callBound = 30 * time.Second

// maxHangs is how many checks wait in vain for a call. Then the rest is left out, so that
// the run on a store that hangs everywhere ends in a minute or two.
const maxHangs = 4

const notReturned = "has not returned after "

// within calls f and says what went wrong if it panics or does not return in time. f runs
// on a goroutine of its own, because nothing can end it.
func within(bound time.Duration, f func()) (problem string) {
	done := make(chan string, 1)
	go func() {
		debug.SetPanicOnFault(true) // see protect
		problem := "ended its goroutine, as t.FailNow does"
		defer func() { done <- problem }()
		problem = caught(f)
	}()
	timeout := time.NewTimer(bound)
	defer timeout.Stop()
	select {
	case problem := <-done:
		return problem
	case <-timeout.C:
		return notReturned + formatDuration(bound) + " (clients have timeouts to set)"
	}
}

// caught calls f and says what went wrong if it panics. A panic would end the whole test
// binary.
func caught(f func()) (problem string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case storeProblem:
			problem = "calls " + string(r)
		default:
			problem = fmt.Sprintf("panicked%s: %v", panicPlace(), r)
		}
	}()
	f()
	return ""
}

// guard calls the store. If the call panics or hangs, the check fails and ends.
func (c *checker) guard(token, text string, f func()) {
	c.tb.Helper()
	problem := within(c.suite.bound, f)
	if problem == "" {
		return
	}
	if strings.HasPrefix(problem, notReturned) {
		c.fails.hung.Store(true)
	}
	c.failf("%s; want a result or an error", c.story(token, text+" "+problem))
	c.stop()
}

// protect is deferred by functions that read the bytes that a store has returned. If these
// are memory of a transaction that is no longer mapped, the check fails; without protect
// the test binary would end.
func (c *checker) protect() {
	r := recover()
	if r == nil {
		return
	}
	if _, ok := r.(interface{ Addr() uintptr }); !ok {
		panic(r)
	}
	c.failf("the bytes that the store has returned are not there any more: %v; want them to stay as they were", r)
	c.stop()
}

// A boundStore is the store as scs's SessionManager calls it, where every call is
// bounded. It has all methods that scs looks for; the api behind them has chosen
// among the store's in the same way.
type boundStore struct{ c *checker }

// A storeProblem is what a boundStore panics with: a call and what went wrong with it.
type storeProblem string

func (s boundStore) guard(text string, f func()) {
	problem := within(s.c.suite.bound, f)
	if problem == "" {
		return
	}
	if strings.HasPrefix(problem, notReturned) {
		s.c.fails.hung.Store(true)
	}
	panic(storeProblem(text + ", which " + problem))
}

func (s boundStore) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	s.guard(s.c.findText(token), func() { b, found, err = s.c.api.find(ctx, token) })
	return b, found, err
}

func (s boundStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) (err error) {
	text := s.c.callText(s.c.api.commitName, s.c.quote(token), fmt.Sprintf("%d bytes", len(b)), formatExpiry(expiry, time.Now()))
	s.guard(text, func() { err = s.c.api.commit(ctx, token, b, expiry) })
	return err
}

func (s boundStore) DeleteCtx(ctx context.Context, token string) (err error) {
	s.guard(s.c.callText(s.c.api.deleteName, s.c.quote(token)), func() { err = s.c.api.delete(ctx, token) })
	return err
}

func (s boundStore) AllCtx(ctx context.Context) (sessions map[string][]byte, err error) {
	s.guard(s.c.allText(), func() { sessions, err = s.c.api.all(ctx) })
	return sessions, err
}

// scs does not call these, as there are those with a context.
func (s boundStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s boundStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s boundStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
