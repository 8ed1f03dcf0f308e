package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// A load is many goroutines that use the same sessions through several stores, as
// processes do.
type load struct {
	*Report
	stores []Store
	final  bool                         // the stores leave tombstones and have an index of users
	steady map[string]string            // sessions that live throughout and are never written
	tokens []string                     // of steady
	users  map[string]map[string]string // the steady sessions of each user
	bound  time.Duration                // of a call that is one round trip
	longer time.Duration                // of one that is several

	clock   atomic.Int64    // counts the beginnings and ends of calls
	lag     atomic.Int64    // nanoseconds for which a busy machine kept this process from running
	ctx     context.Context // ends with the load
	workers sync.WaitGroup

	sessions map[string]*session // of this round, by token; under the lock of Report
}

// A worker is one of the goroutines.
type worker struct {
	*load
	number int
	rand   *rand.Rand
	store  Store
}

// long is the life of sessions that must not expire.
const long = time.Hour

// newLoad commits the steady sessions.
func newLoad(r *Report, stores []Store, steady int, bound time.Duration) *load {
	l := &load{
		Report: r, stores: stores, bound: bound, longer: bound + 2*time.Second,
		steady: make(map[string]string), users: make(map[string]map[string]string),
	}
	for i := range steady {
		s := newSession(fmt.Sprint("steady", i%100), long)
		l.steady[s.token] = s.nextData()
		if l.users[s.user] == nil {
			l.users[s.user] = make(map[string]string)
		}
		l.users[s.user][s.token] = l.steady[s.token]
		l.tokens = append(l.tokens, s.token)
		if err := stores[0].Commit(s.token, []byte(l.steady[s.token]), s.expiry); err != nil {
			r.tb.Errorf("before any fault: Commit = %v", err)
		}
	}
	return l
}

// work runs f on a goroutine, with a store.
func (l *load) work(seed uint64, number int, f func(w *worker)) {
	w := &worker{load: l, number: number, rand: random(seed, uint64(number)), store: l.stores[number%len(l.stores)]}
	l.workers.Add(1)
	go func() {
		defer l.workers.Done()
		f(w)
	}()
}

// start starts the goroutines of a round. The function that it returns ends them.
func (l *load) start(seed uint64) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	l.ctx = ctx
	l.sessions = make(map[string]*session)
	unwatch := watchLag(&l.lag)
	jobs := []func(w *worker){(*worker).seeThrough, (*worker).seeThrough, (*worker).outlive, (*worker).findSteady, (*worker).keepListing}
	for range 2 {
		shared := l.shared()
		use := func(w *worker) { w.use(shared()) }
		jobs = append(jobs, use, use, use)
	}
	if l.final {
		u := l.newUser()
		jobs = append(jobs, u.use, u.use, u.use, (*worker).seeUserThrough)
	}
	for i, job := range jobs {
		l.work(seed, i, func(w *worker) {
			for ctx.Err() == nil {
				job(w)
			}
		})
	}
	return sync.OnceFunc(func() {
		cancel()
		l.workers.Wait()
		unwatch()
	})
}

// finish ends the round's sessions, without faults: each is found as it was left, also
// among its user's, is deleted, and is not found. All calls must work within a time. It
// returns the sessions with all that was done with them.
func (l *load) finish(within time.Duration) []*session {
	defer watchLag(&l.lag)()
	var sessions []*session
	for _, s := range l.sessions {
		sessions = append(sessions, s)
	}
	deadline := time.Now().Add(within)
	const finishers = 8
	for i := range finishers {
		l.work(0, 100+i, func(w *worker) {
			for j := i; j < len(sessions); j += finishers {
				for _, call := range []func(*session) error{w.find, w.findByUser, w.delete, w.find, w.findByUser} {
					w.insist(deadline, func() error { return call(sessions[j]) })
				}
			}
			if i < len(l.stores) {
				w.insist(deadline, w.list)
			}
		})
	}
	l.workers.Wait()
	return sessions
}

// insist repeats a call until it succeeds.
func (w *worker) insist(deadline time.Time, call func() error) {
	for err := call(); err != nil; err = call() {
		if time.Now().After(deadline) {
			w.violated(noService, "long after all servers agreed: %v", err)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// pause waits as a user does between requests.
func (w *worker) pause(err error) {
	d := time.Millisecond
	if err != nil {
		d = 20 * time.Millisecond
	}
	select {
	case <-w.ctx.Done():
	case <-time.After(d):
	}
}

// shared returns a function that returns the session that some goroutines use at
// the same time, a new one when there have been enough calls.
func (l *load) shared() func() *session {
	var mu sync.Mutex
	var current *session
	return func() *session {
		mu.Lock()
		defer mu.Unlock()
		if current == nil || current.full() {
			current = l.newSession(anybody, long)
		}
		return current
	}
}

// anybody is the user of sessions that are used one at a time.
const anybody = "anybody"

// seeThrough uses a session on one goroutine, and leaves or deletes it.
func (w *worker) seeThrough() {
	s := w.newSession(anybody, long)
	for range 1 + w.rand.IntN(2) {
		w.pause(w.commit(s))
		w.pause(w.find(s))
	}
	if w.rand.IntN(2) == 0 {
		w.pause(w.delete(s))
		w.pause(w.find(s))
	}
}

// outlive asks for a session until it has expired.
func (w *worker) outlive() {
	s := w.newSession(anybody, 200*time.Millisecond+time.Duration(w.rand.IntN(300))*time.Millisecond)
	w.pause(w.commit(s))
	for past := 0; past < 3 && w.ctx.Err() == nil; time.Sleep(30 * time.Millisecond) {
		if time.Now().After(s.expiry) {
			past++
		}
		w.pause(w.find(s))
	}
}

func (w *worker) keepListing() {
	w.pause(w.list())
	if w.final {
		w.pause(w.listSteady())
	}
	time.Sleep(20 * time.Millisecond)
}

func (l *load) newSession(user string, lives time.Duration) *session {
	s := newSession(user, lives)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions[s.token] = s
	return s
}

// session returns the session of this round with a token, or nil.
func (l *load) session(token string) *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sessions[token]
}
