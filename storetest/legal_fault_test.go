package storetest

import (
	"errors"
	"sync"
)

// legalFaults are stores that meet a fault in odd but legal ways.
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

// writesLate has writes that failed wait until the backend has healed.
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

// flaky makes some calls fail after a fault as well: a pool of connections finds out
// one by one that they are gone.
func flaky(m *memory) {
	const pool = 20
	var mu sync.Mutex
	left := 0 // connections that are gone
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
