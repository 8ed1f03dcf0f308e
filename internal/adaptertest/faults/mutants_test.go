package faults

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

// methods are those of a store.
type methods struct {
	*memstore.MemStore // whose Commit stores a session that is gone, too
	find               func(token string) ([]byte, bool, error)
	commit             func(token string, b []byte, expiry time.Time) error
	delete             func(token string) error
	all, each          func() (map[string][]byte, error)
	user               func(user string) (map[string][]byte, error)
	end                func(user string) error // DeleteUserSessions
}

// mutant is a store in memory. If every is n, one call in n uses the broken methods.
type mutant struct {
	*memstore.MemStore
	right, broken methods
	every         int64
	calls         atomic.Int64
}

func (m *mutant) call() methods {
	if m.calls.Add(1)%m.every == 0 {
		return m.broken
	}
	return m.right
}

func (m *mutant) DeleteCtx(_ context.Context, token string) error   { return m.call().delete(token) }
func (m *mutant) AllCtx(context.Context) (map[string][]byte, error) { return m.call().all() }

func (m *mutant) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return m.call().find(token)
}

func (m *mutant) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return m.call().commit(token, b, expiry)
}

func (m *mutant) Each(_ context.Context, fn func(token string, b []byte) error) error {
	all, err := m.call().each()
	for token, b := range all {
		if err := fn(token, b); err != nil {
			return err
		}
	}
	return err
}

func (m *mutant) UserSessions(_ context.Context, user string) (map[string][]byte, error) {
	return m.call().user(user)
}

func (m *mutant) DeleteUserSessions(_ context.Context, user string, _ ...string) (int, error) {
	return 0, m.call().end(user)
}

// ofUser returns the sessions of a user among those that all returns.
func ofUser(all func() (map[string][]byte, error)) func(user string) (map[string][]byte, error) {
	return func(user string) (map[string][]byte, error) {
		sessions, err := all()
		for token, b := range sessions {
			if _, values, _ := (Codec{}).Decode(b); values[UserKey] != user {
				delete(sessions, token)
			}
		}
		return sessions, err
	}
}

// rightMethods are those of a correct store in memory. With final its Delete is final.
func rightMethods(store *memstore.MemStore, final bool) methods {
	var mu sync.Mutex
	gone := make(map[string]bool)
	m := methods{MemStore: store, find: store.Find, all: store.All, each: store.All, user: ofUser(store.All)}
	m.commit = func(token string, b []byte, expiry time.Time) error {
		mu.Lock()
		defer mu.Unlock()
		if gone[token] {
			return nil
		}
		return store.Commit(token, b, expiry)
	}
	m.delete = func(token string) error {
		mu.Lock()
		defer mu.Unlock()
		gone[token] = final
		return store.Delete(token)
	}
	m.end = func(user string) error {
		sessions, err := m.user(user)
		for token := range sessions {
			m.delete(token)
		}
		return err
	}
	return m
}

var errBug = errors.New("a bug")

// The hang is so much longer than the bound that a busy machine's lag, which does not
// count, leaves some of it over.
const (
	mutantBound = 300 * time.Millisecond
	mutantHang  = 4 * mutantBound
)

// partOf is the All that leaves half of the sessions out.
func partOf(right methods) func() (map[string][]byte, error) {
	return func() (map[string][]byte, error) {
		all, err := right.all()
		for token := range all {
			if token[0] < 'M' {
				delete(all, token)
			}
		}
		return all, err
	}
}

// Each is broken so often that the first rule shows in the shortest round, on a busy
// machine too.
var mutants = map[string]struct {
	want   []string // the first rule, perhaps the others, and nothing else
	every  int64
	final  bool
	breaks func(broken *methods, right methods)
}{
	"None": {nil, 1, false, func(*methods, methods) {}},
	"Loses": {[]string{noOrder}, 4, false, func(broken *methods, _ methods) {
		broken.commit = func(string, []byte, time.Time) error { return nil }
	}},
	"Forgets": {[]string{noOrder, lost, part}, 40, false, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) { return nil, false, right.delete(token) }
	}},
	"SaysNotFound": {[]string{noOrder, lost}, 40, false, func(broken *methods, _ methods) {
		broken.find = func(string) ([]byte, bool, error) { return nil, false, nil }
	}},
	"Swaps": {[]string{wrongSession}, 40, false, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) {
			all, err := right.all()
			delete(all, token)
			for _, b := range all {
				return b, true, nil
			}
			return nil, false, err
		}
	}},
	"FindsInError": {[]string{foundInError}, 40, false, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) {
			b, found, _ := right.find(token)
			return b, found, errBug
		}
	}},
	"Hangs": {[]string{overBound}, 50, false, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) {
			time.Sleep(mutantHang)
			return right.find(token)
		}
	}},
	"Resurrects": {[]string{noOrder}, 4, false, func(broken *methods, _ methods) {
		broken.delete = func(string) error { return nil }
	}},
	"OutlivesExpiry": {[]string{pastExpiry}, 1, false, func(broken *methods, right methods) {
		broken.commit = func(token string, b []byte, expiry time.Time) error {
			return right.commit(token, b, expiry.Add(time.Hour))
		}
	}},
	"HangsInAll": {[]string{overBound}, 1, false, func(broken *methods, right methods) {
		broken.all = func() (map[string][]byte, error) {
			time.Sleep(mutantHang)
			return right.all()
		}
	}},
	"AllInPart":  {[]string{part}, 1, false, func(broken *methods, right methods) { broken.all = partOf(right) }},
	"EachInPart": {[]string{part}, 1, false, func(broken *methods, right methods) { broken.each = partOf(right) }},
	"AllInError": {[]string{foundInError, noService}, 1, false, func(broken *methods, right methods) {
		broken.all = func() (map[string][]byte, error) {
			all, _ := right.all()
			return all, errBug
		}
	}},
	"NoneFinal": {nil, 1, true, func(*methods, methods) {}},
	"CommitsDeleted": {[]string{noOrder}, 4, true, func(broken *methods, right methods) {
		broken.commit = right.Commit
	}},
	"UserInPart": {[]string{noOrder, part}, 1, true, func(broken *methods, right methods) { broken.user = ofUser(partOf(right)) }},
	"UserOfAll": {[]string{wrongSession, noOrder}, 4, true, func(broken *methods, right methods) {
		broken.user = func(string) (map[string][]byte, error) { return right.all() }
	}},
	"UserInError": {[]string{foundInError}, 4, true, func(broken *methods, right methods) {
		broken.user = func(user string) (map[string][]byte, error) {
			sessions, _ := right.user(user)
			return sessions, errBug
		}
	}},
	"KeepsOfUser": {[]string{noOrder}, 1, true, func(broken *methods, _ methods) {
		broken.end = func(string) error { return nil }
	}},
	"NeverBack": {[]string{noService}, 1, false, func(broken *methods, _ methods) {
		broken.all = func() (map[string][]byte, error) { return nil, errBug }
	}},
}

// silent is a test that violations do not fail.
type silent struct{ testing.TB }

func (silent) Errorf(string, ...any) {}

// TestMutants: the rounds of a run, without faults.
func TestMutants(t *testing.T) {
	for name, test := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := memstore.NewWithCleanupInterval(0)
			right := rightMethods(store, test.final)
			m := &mutant{MemStore: store, right: right, broken: right, every: test.every}
			r := newReport(silent{t})
			// Only a mutant that must break a bound has one: a busy machine delays the
			// others too.
			bound, within := long, long
			if slices.Contains(test.want, overBound) {
				bound = mutantBound
			}
			if slices.Contains(test.want, noService) {
				within = time.Second
			}
			l := newLoad(t.Context(), r, []Store{m, m}, 50, bound)
			l.longer, l.final = bound, test.final
			test.breaks(&m.broken, right) // after the steady sessions have been committed
			end := l.start(1)
			for began := time.Now(); time.Since(began) < 700*time.Millisecond || m.calls.Load() < 2000; {
				time.Sleep(10 * time.Millisecond)
			}
			end()
			a := allowed{late: late, landed: time.Now()}
			for _, s := range l.finish(within) {
				r.judge(s, a)
			}
			if len(test.want) > 0 && r.Violations[test.want[0]] == 0 {
				t.Errorf("violations %v of %d calls; want %q", r.Violations, r.Calls, test.want[0])
			}
			for rule := range r.Violations {
				if !slices.Contains(test.want, rule) {
					t.Errorf("violation, too: %s", rule)
				}
			}
		})
	}
}
