package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scsredis/stores/lab/topology"
)

// A load is many goroutines that use stores, two processes' as it were, on the
// same sessions, and what they have seen.
type load struct {
	stores []topology.Store
	steady map[string]string // sessions that live throughout and are never written
	tokens []string          // of steady
	bound  bound
	report func(violation)

	clock   atomic.Int64 // counts the beginnings and ends of calls
	lag     lag
	calls   atomic.Int64
	errors  atomic.Int64
	longest atomic.Int64 // nanoseconds of a call

	stop    chan struct{}
	workers sync.WaitGroup
	unwatch func()

	mu       sync.Mutex
	sessions []*session // of this round
}

// long is the life of sessions that must not expire.
const long = time.Hour

// newLoad commits the steady sessions.
func newLoad(stores []topology.Store, steady int, b bound, report func(violation)) (*load, error) {
	l := &load{stores: stores, steady: make(map[string]string), bound: b, report: report}
	for range steady {
		s := newSession(long)
		l.steady[s.token] = s.data()
		l.tokens = append(l.tokens, s.token)
	}
	errs := make(chan error, 16)
	for i := range cap(errs) {
		go func() {
			var err error
			for j := i; j < len(l.tokens) && err == nil; j += cap(errs) {
				err = stores[0].Commit(l.tokens[j], []byte(l.steady[l.tokens[j]]), time.Now().Add(long))
			}
			errs <- err
		}()
	}
	var err error
	for range cap(errs) {
		if e := <-errs; e != nil {
			err = e
		}
	}
	return l, err
}

// start starts the goroutines of a round.
func (l *load) start(seed uint64) {
	l.stop = make(chan struct{})
	l.sessions = nil
	l.unwatch = l.lag.watch()
	n := 0
	work := func(f func(w *worker)) {
		n++
		w := &worker{load: l, number: n, rand: random(seed, uint64(n)), store: l.stores[n%len(l.stores)]}
		l.workers.Go(func() {
			for !l.stopped() {
				f(w)
			}
		})
	}
	for range 2 {
		shared := &shared{load: l}
		for range 3 {
			work(func(w *worker) { w.any(shared.session()) })
		}
	}
	work((*worker).seeThrough)
	work((*worker).seeThrough)
	work((*worker).outlive)
	work((*worker).readSteady)
	work(func(w *worker) {
		w.pause(w.list())
		time.Sleep(20 * time.Millisecond)
	})
}

func random(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

func (l *load) end() {
	close(l.stop)
	l.workers.Wait()
	l.unwatch()
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

func (l *load) newSession(lives time.Duration) *session {
	s := newSession(lives)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions = append(l.sessions, s)
	return s
}

// shared is a session that some goroutines use at the same time, one after the
// other.
type shared struct {
	*load
	mu      sync.Mutex
	current *session
}

func (s *shared) session() *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.full() {
		s.current = s.newSession(long)
	}
	return s.current
}

// A worker is one of the goroutines.
type worker struct {
	*load
	number int
	rand   *rand.Rand
	store  topology.Store
}

// pause is what a user takes between requests.
func (w *worker) pause(err error) {
	d := time.Millisecond
	if err != nil {
		d = 20 * time.Millisecond
	}
	select {
	case <-w.stop:
	case <-time.After(d):
	}
}

// any makes a call of any kind.
func (w *worker) any(s *session) {
	var err error
	switch n := w.rand.IntN(10); {
	case n < 5:
		_, err = w.find(s)
	case n < 8:
		err = w.commit(s)
	default:
		err = w.delete(s)
	}
	w.pause(err)
}

// seeThrough is a session that one goroutine uses, and leaves or deletes.
func (w *worker) seeThrough() {
	s := w.newSession(long)
	for range 1 + w.rand.IntN(2) {
		w.pause(w.commit(s))
		w.findOnce(s)
	}
	if w.rand.IntN(2) == 0 {
		w.pause(w.delete(s))
		w.findOnce(s)
	}
}

// outlive is a session that expires while it is asked for.
func (w *worker) outlive() {
	s := w.newSession(200*time.Millisecond + time.Duration(w.rand.IntN(300))*time.Millisecond)
	w.pause(w.commit(s))
	for past := 0; past < 3 && !w.stopped(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(s.expiry) {
			past++
		}
		w.findOnce(s)
	}
}

func (w *worker) findOnce(s *session) {
	_, err := w.find(s)
	w.pause(err)
}

func (w *worker) find(s *session) (register, error) {
	var r register
	err := w.call(s, find, func(ctx context.Context) (register, error) {
		b, found, err := w.findIn(ctx, s.token)
		r = register{found || err != nil && b != nil, string(b)}
		return r, err
	})
	return r, err
}

func (w *worker) findIn(ctx context.Context, token string) ([]byte, bool, error) {
	if w.rand.IntN(2) == 0 {
		return w.store.Find(token)
	}
	return w.store.FindCtx(ctx, token)
}

func (w *worker) commit(s *session) error {
	data := s.data()
	return w.call(s, commit, func(ctx context.Context) (register, error) {
		return register{true, data}, w.store.CommitCtx(ctx, s.token, []byte(data), s.expiry)
	})
}

func (w *worker) delete(s *session) error {
	return w.call(s, del, func(ctx context.Context) (register, error) {
		return register{}, w.store.DeleteCtx(ctx, s.token)
	})
}

// call makes a call on a session and records it.
func (w *worker) call(s *session, k kind, f func(ctx context.Context) (register, error)) error {
	c := call{client: w.number, kind: k, begin: w.clock.Add(1)}
	c.began, c.ended, c.err = w.timed(string(k), w.bound.call, func(ctx context.Context) error {
		var err error
		c.after, err = f(ctx)
		return err
	})
	c.end = w.clock.Add(1)
	s.add(c)
	return c.err
}

// timed makes a call, which has to end within the bound. What the machine kept
// this process from running does not count.
func (w *worker) timed(name string, bound time.Duration, f func(ctx context.Context) error) (began, ended time.Time, err error) {
	began = time.Now()
	err = f(context.Background())
	ended = time.Now()
	took := ended.Sub(began)
	if took > bound && took-w.lag.between(began, ended) > bound {
		w.report(violation{overBound, fmt.Sprintf("    %s took %v, want at most %v: %v\n", name, took.Round(time.Millisecond), bound, err)})
	}
	w.calls.Add(1)
	if err != nil {
		w.errors.Add(1)
	}
	for longest := w.longest.Load(); int64(took) > longest && !w.longest.CompareAndSwap(longest, int64(took)); {
		longest = w.longest.Load()
	}
	return began, ended, err
}
