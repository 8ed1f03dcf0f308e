package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
)

// legalFaults are stores that behave in an unusual but correct way in a fault.
var legalFaults = []mutant{
	{name: "writes that failed have their effect after the backend has healed", bug: writesLate},
	{name: "a write that failed has its effect before the backend breaks", bug: both(
		whileDown("Commit", worksAndFails), whileDown("Delete", worksAndFails))},
	{name: "every call that succeeds after a fault fails once more", bug: flaky},
	{name: "errors come with bytes, found and sessions", bug: wrap(func(r request, next handler) reply {
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

func worksAndFails(r request, next handler) reply {
	next(r)
	return reply{err: errDown}
}

// flaky makes some calls fail after a fault too, like a pool that finds its dead
// connections one by one.
func flaky(m *memory) {
	var dead atomic.Int64 // connections in the pool
	healing(func(*backend, []request) { dead.Store(20) })(m)
	wrap(func(r request, next handler) reply {
		a := next(r)
		if r.method != "All" && a.err == nil && dead.Add(-1) >= 0 {
			a.err = errors.New("legal: connection was closed")
		}
		return a
	})(m)
}
