package storetest

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// whileDown replaces what a method returns while the backend is broken.
func whileDown(method string, f func(m *memory) reply) func(m *memory) {
	return on(method, func(m *memory, r request, next handler) reply {
		a := next(r)
		if errors.Is(a.err, errDown) {
			return f(m)
		}
		return a
	})
}

// afterFailure replaces what the methods return when one of them has failed once.
func afterFailure(f func(a reply) reply, methods ...string) func(m *memory) {
	return func(m *memory) {
		var failed atomic.Bool
		m.wrap(func(r request, next handler) reply {
			a := next(r)
			if !slices.Contains(methods, r.method) {
				return a
			}
			if a.err != nil {
				failed.Store(true)
			}
			if failed.Load() {
				return f(a)
			}
			return a
		})
	}
}

// onWrites tells f of every Commit and Delete and whether it failed, and of the first
// call that succeeds after one that failed: then w is nil.
func onWrites(f func(m *memory, w *request, failed bool)) func(m *memory) {
	return func(m *memory) {
		var mu sync.Mutex
		down := false
		note := func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if down && err == nil {
				f(m, nil, false)
			}
			down = err != nil
		}
		m.wrap(func(r request, next handler) reply {
			if !m.broken() {
				note(nil)
			}
			a := next(r)
			if r.method == "Commit" || r.method == "Delete" {
				r.data = bytes.Clone(r.data)
				mu.Lock()
				f(m, &r, a.err != nil)
				mu.Unlock()
			}
			note(a.err)
			return a
		})
	}
}
