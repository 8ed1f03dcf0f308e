package redistest

import (
	"errors"
	"testing"
	"time"
)

// Poll waits until condition reports true, and fails the test if that takes too long.
// what names the condition for the message.
func Poll(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	WaitFor(tb, what, func() error {
		if !condition() {
			return errors.New("not so yet")
		}
		return nil
	})
}

// WaitFor is Poll for a call that returns nil in the end.
func WaitFor(tb testing.TB, what string, call func() error) {
	tb.Helper()
	deadline := time.Now().Add(startTimeout)
	for err := call(); err != nil; err = call() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: after %v: %v", what, startTimeout, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
