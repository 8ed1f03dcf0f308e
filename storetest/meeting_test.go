package storetest

import (
	"sync"
	"time"
)

// Mutants with concurrent bugs have wrong logic, but no data races: the race detector is
// on. Such a mutant waits a moment for the call that its bug needs, so that the bug shows
// every time.
const moment = 5 * time.Millisecond

// A meeting lets two calls wait for each other.
type meeting struct {
	mu      sync.Mutex
	waiting map[string]*waiter
}

type waiter struct {
	kind string
	met  chan struct{}
}

func newMeeting() *meeting { return &meeting{waiting: make(map[string]*waiter)} }

// awaited returns the kind of the caller that is waiting for a meeting, or "".
func (g *meeting) awaited(about string) (kind string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w := g.waiting[about]; w != nil {
		return w.kind
	}
	return ""
}

// join meets a waiting caller of another kind. It does not wait for one.
func (g *meeting) join(about, kind string) (met bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pair(about, kind)
}

// pair is join for callers that hold g.mu.
func (g *meeting) pair(about, kind string) (met bool) {
	w := g.waiting[about]
	if w == nil || kind != "" && w.kind == kind {
		return false
	}
	close(w.met)
	delete(g.waiting, about)
	return true
}

// meet waits for a call about the same thing from another kind of caller, or from any
// kind if kind is empty. It reports whether they have met, and whether this call came
// second.
func (g *meeting) meet(about, kind string) (met, second bool) {
	g.mu.Lock()
	if g.waiting[about] != nil {
		defer g.mu.Unlock()
		met = g.pair(about, kind)
		return met, met
	}
	w := &waiter{kind, make(chan struct{})}
	g.waiting[about] = w
	g.mu.Unlock()

	select {
	case <-w.met:
		return true, false
	case <-time.After(moment):
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting[about] == w {
		delete(g.waiting, about)
		return false, false
	}
	return true, false
}

// If two calls of a method run at the same time and concern the same thing, second
// replaces the result of the later one.
func second(method string, a reply, about func(m *memory, r request) (thing string, ok bool)) func(m *memory) {
	return func(m *memory) {
		g := newMeeting()
		m.on(method, func(r request, next handler) reply {
			if thing, ok := about(m, r); ok {
				if _, second := g.meet(thing, ""); second {
					return a
				}
			}
			return next(r)
		})
	}
}
