package storetest

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
)

// A recorder is a testing.TB that records failures, and does not pass them on.
type recorder struct {
	testing.TB // the real one, which must not fail

	mu       sync.Mutex
	failed   bool
	messages []string
	cleanups []func()
}

// record runs f as a separate test, in a goroutine that FailNow can end.
func record(tb testing.TB, f func(tb testing.TB)) *recorder {
	r := &recorder{TB: tb}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.cleanup()
		f(r)
	}()
	<-done
	return r
}

func (r *recorder) cleanup() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}

func (r *recorder) fail(messages ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	r.messages = append(r.messages, messages...)
}

func (r *recorder) Helper()                      {}
func (r *recorder) Logf(string, ...any)          {}
func (r *recorder) Skip(...any)                  { runtime.Goexit() }
func (r *recorder) FailNow()                     { r.fail(); runtime.Goexit() }
func (r *recorder) Errorf(f string, args ...any) { r.fail(fmt.Sprintf(f, args...)) }
func (r *recorder) Fatalf(f string, args ...any) { r.Errorf(f, args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)            { r.fail(fmt.Sprint(args...)); runtime.Goexit() }

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) String() string { return strings.Join(r.messages, "\n") }

// failedChecks runs the named checks, or all if none is named, one after the other. It
// returns the reports of those that failed, by name.
func failedChecks(tb testing.TB, newStore func(testing.TB) scs.Store, opts []Option, only ...string) map[string]string {
	tb.Helper()
	s, err := newSuite(newStore, opts)
	if err != nil {
		tb.Fatal(err)
	}
	failed := make(map[string]string)
	try := func(name string, f func(tb testing.TB)) {
		if len(only) > 0 && !slices.Contains(only, name) {
			return
		}
		if r := record(tb, f); r.failed {
			failed[name] = r.String()
		}
	}
	first := s.openFirst(tb)
	try("Methods", func(tb testing.TB) { s.runMethods(tb, first) })
	eachCheck(func(name string, m mode, g group, ck check) {
		if cmp.Or(s.skipsMode(m, first), s.skipsGroup(m, g, first), s.skipsCheck(m, g, ck, first)) == "" {
			try(name, func(tb testing.TB) { s.run(tb, m, g, ck) })
		}
	})
	return failed
}
