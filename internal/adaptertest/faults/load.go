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
	users  map[string]map[string]string // the steady sessions of each user
	bound  time.Duration                // of a call that is one round trip
	longer time.Duration                // of one that is several

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
	failed bool // the last call
}

// long is the life of sessions that must not expire.
const long = time.Hour

// newLoad commits the steady sessions. The load lives until ctx ends.
func newLoad(ctx context.Context, r *Report, stores []Store, steady int, bound time.Duration) *load {
	l := &load{
		Report: r, stores: stores, bound: bound, longer: bound + 2*time.Second,
		steady: make(map[string]string), users: make(map[string]map[string]string),
	}
	go l.watchLag(ctx)
	for i := range steady {
		s := newSession(fmt.Sprint("steady", i%100), long)
		data := s.nextData()
		l.steady[s.token] = data
		if l.users[s.user] == nil {
			l.users[s.user] = make(map[string]string)
		}
		l.users[s.user][s.token] = data
		if err := stores[0].Commit(s.token, []byte(data), s.expiry); err != nil {
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
	jobs := []func(w *worker){(*worker).seeThrough, (*worker).seeThrough, (*worker).outlive, (*worker).findSteady, (*worker).keepListing}
	groups := []*group{l.newGroup(anybody, 1), l.newGroup(anybody, 1)}
	if l.final {
		groups = append(groups, l.newUser())
		jobs = append(jobs, (*worker).seeUserThrough)
	}
	for _, g := range groups {
		jobs = append(jobs, g.use, g.use, g.use)
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
	})
}

// finish ends the round's sessions, without faults: each is found as it was left, also
// among its user's, is committed, deleted, and not found. All calls must work within a
// time. It returns the sessions with all that was done with them.
func (l *load) finish(within time.Duration) []*session {
	var sessions []*session
	for _, s := range l.sessions {
		sessions = append(sessions, s)
	}
	deadline := time.Now().Add(within)
	const finishers = 8
	for i := range finishers {
		l.work(0, 100+i, func(w *worker) {
			for j := i; j < len(sessions); j += finishers {
				for _, call := range []func(*session) error{w.find, w.findByUser, w.commit, w.delete, w.find, w.findByUser} {
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

// use makes a call of any kind.
func (g *group) use(w *worker) {
	sessions, most := g.current(), 20
	if g.user == anybody {
		most = 17
	}
	s := sessions[w.rand.IntN(len(sessions))]
	switch n := w.rand.IntN(most); {
	case n < 8:
		w.find(s)
	case n < 13:
		w.commit(s)
	case n < 17:
		w.delete(s)
	case n < 19:
		w.listUser(g.user, sessions)
	default:
		w.deleteUser(g.user)
	}
}

// seeThrough uses a session on one goroutine, and leaves or deletes it.
func (w *worker) seeThrough() {
	s := w.newSession(anybody, long)
	for range 1 + w.rand.IntN(2) {
		w.commit(s)
		w.find(s)
	}
	if w.rand.IntN(2) == 0 {
		w.delete(s)
		w.find(s)
	}
}

// seeUserThrough uses, lists and deletes the sessions of a user on one goroutine.
func (w *worker) seeUserThrough() {
	g := w.newUser()
	for _, s := range g.inUse {
		w.commit(s)
	}
	w.listUser(g.user, g.inUse)
	w.deleteUser(g.user)
	for _, s := range g.inUse {
		w.find(s)
	}
}

// outlive asks for a session until it has expired.
func (w *worker) outlive() {
	s := w.newSession(anybody, 200*time.Millisecond+time.Duration(w.rand.IntN(300))*time.Millisecond)
	w.commit(s)
	for past := 0; past < 3 && w.ctx.Err() == nil; time.Sleep(30 * time.Millisecond) {
		if time.Now().After(s.expiry) {
			past++
		}
		w.find(s)
	}
}

func (w *worker) keepListing() {
	w.list()
	if w.final {
		w.listSteady()
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

// sessionsOf returns the sessions of this round that a user has had so far.
func (l *load) sessionsOf(user string) (of []*session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sessions {
		if s.user == user {
			of = append(of, s)
		}
	}
	return of
}
