package storetest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// callBound is how long a call of the store may take, whether the backend works or not. It
// is long because clients retry and machines are slow.
const callBound = 30 * time.Second

// maxHangs is how many checks may have a call that does not return. Then the other checks
// are skipped, so a run on a store that always hangs ends in a minute or two.
const maxHangs = 4

const notReturned = "has not returned after "

// A caller makes calls of a store, one at a time, each with a time limit. It has a
// goroutine for them, because nothing can end a call that does not return. After a
// problem the caller cannot be used again.
type caller struct {
	bound    time.Duration
	timeout  *time.Timer
	calls    chan func()
	problems chan string // the problem of a call, or ""
}

func newCaller(bound time.Duration) *caller {
	// There is room for two results that nobody receives: of a late call, and of close.
	k := &caller{bound, time.NewTimer(bound), make(chan func()), make(chan string, 2)}
	go func() {
		defer func() { k.problems <- "ended its goroutine, as t.FailNow does" }()
		for f := range k.calls {
			k.problems <- recovered(f)
		}
	}()
	return k
}

// do makes a call, and describes the problem if it panics or does not return in time.
func (k *caller) do(ctx context.Context, a api, what call) (result, string) {
	var r result
	k.timeout.Reset(k.bound)
	k.calls <- func() { r = a.do(ctx, what) }
	select {
	case problem := <-k.problems:
		return r, problem
	case <-k.timeout.C: // not r: the call may go on
		return result{}, notReturned + formatDuration(k.bound) + " (clients have timeouts to set)"
	}
}

// close ends the goroutine.
func (k *caller) close() {
	k.timeout.Stop()
	close(k.calls)
}

// within makes one call with a new caller.
func (a api) within(ctx context.Context, bound time.Duration, what call) (result, string) {
	k := newCaller(bound)
	defer k.close()
	return k.do(ctx, a, what)
}

// recovered calls f and describes its panic, if any. Without it a panic would end the test
// binary.
func recovered(f func()) (problem string) {
	debug.SetPanicOnFault(true) // see protect
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

// run calls f in the current goroutine. f may call the store.
func (c *checker) run(f func()) {
	c.caller = newCaller(c.suite.bound)
	defer c.caller.close()
	debug.SetPanicOnFault(true)
	defer c.protect()
	f()
}

// Functions that read bytes from a store defer protect. The bytes may be memory of a
// transaction that is no longer mapped. Then the check fails; without protect the test
// binary would end.
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

// A boundStore gives scs's SessionManager the store, with a time limit for every call.
// Its api has the methods that the SessionManager would choose.
type boundStore struct {
	scs.Store // for its methods without a context, which scs does not call
	c         *checker
}

// A storeProblem is the value that a boundStore panics with: a call and its problem.
type storeProblem string

func (s boundStore) do(ctx context.Context, k call) result {
	r, problem := s.c.api.within(ctx, s.c.suite.bound, k)
	if strings.HasPrefix(problem, notReturned) {
		s.c.fails.hung.Store(true)
	}
	if problem != "" {
		panic(storeProblem(s.c.text(k) + ", which " + problem))
	}
	return r
}

func (s boundStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	r := s.do(ctx, findCall(token))
	return r.data, r.found, r.err
}

func (s boundStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.do(ctx, call{"Commit", token, b, expiry, time.Now()}).err
}

func (s boundStore) DeleteCtx(ctx context.Context, token string) error {
	return s.do(ctx, deleteCall(token)).err
}

func (s boundStore) AllCtx(ctx context.Context) (map[string][]byte, error) {
	r := s.do(ctx, allCall)
	return r.sessions, r.err
}
