package storetest

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// legalFaults are stores that behave in an unusual but correct way in a fault.
var legalFaults = []mutant{
	{name: "writes that failed have their effect after the backend has healed", bug: writesLate},
	{name: "a write that failed has its effect before the backend breaks", bug: onWrites(func(m *memory, w *request, failed bool) {
		if failed {
			m.apply(*w)
		}
	})},
	{name: "every call that succeeds after a fault fails once more", bug: flaky},
	{name: "errors come with bytes, found and sessions", bug: wrap(func(_ *memory, r request, next handler) reply {
		a := next(r)
		if a.err != nil {
			return reply{[]byte("rest of a buffer"), true, map[string][]byte{"token": nil}, a.err}
		}
		return a
	})},
	{name: "the backend is in the way of one caller at a time", bug: func(m *memory) {
		var mu sync.Mutex
		m.on("Find", func(r request, next handler) reply {
			mu.Lock()
			defer mu.Unlock()
			return next(r)
		})
	}},
}

// writesLate makes failed writes take effect when the backend has healed.
func writesLate(m *memory) {
	var queue []request
	onWrites(func(m *memory, w *request, failed bool) {
		if failed {
			queue = append(queue, *w)
		}
		if w == nil {
			for _, late := range queue {
				m.apply(late)
			}
			queue = nil
		}
	})(m)
}

// flaky makes some calls fail after a fault too, like a pool that finds its dead
// connections one by one.
func flaky(m *memory) {
	const pool = 20
	var mu sync.Mutex
	left := 0 // dead connections in the pool
	m.wrap(func(r request, next handler) reply {
		a := next(r)
		if r.method == "All" {
			return a
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case a.err != nil:
			left = pool
		case left > 0:
			left--
			a.err = errors.New("legal: connection was closed")
		}
		return a
	})
}

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

// afterFailure replaces what the methods return after one of them has failed.
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

// onWrites calls f after every Commit and Delete, with whether it failed. It also calls
// f, with w = nil, at the first call that succeeds after a failure.
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
