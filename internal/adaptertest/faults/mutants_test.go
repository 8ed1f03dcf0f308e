package faults

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

// methods are those of a store.
type methods struct {
	find   func(token string) ([]byte, bool, error)
	commit func(token string, b []byte, expiry time.Time) error
	delete func(token string) error
	all    func() (map[string][]byte, error)
	each   func() (map[string][]byte, error)
}

// mutant is a store in memory. One in every so many calls is made to the broken methods.
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

func (m *mutant) Find(token string) ([]byte, bool, error)                       { return m.call().find(token) }
func (m *mutant) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return m.Find(token) }
func (m *mutant) DeleteCtx(_ context.Context, token string) error               { return m.call().delete(token) }
func (m *mutant) AllCtx(context.Context) (map[string][]byte, error)             { return m.call().all() }

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

var errBug = errors.New("a bug")

const mutantBound = 300 * time.Millisecond

// partOf is the All that leaves sessions out.
func partOf(right methods) func() (map[string][]byte, error) {
	return func() (map[string][]byte, error) {
		all, err := right.all()
		for token := range all {
			if token[len(token)-1] < 'M' {
				delete(all, token)
			}
		}
		return all, err
	}
}

var mutants = map[string]struct {
	want   []string // the first rule, perhaps the others, and nothing else
	every  int64
	breaks func(broken *methods, right methods)
}{
	"None": {nil, 1, func(*methods, methods) {}},
	"Loses": {[]string{lost, noOrder}, 40, func(broken *methods, _ methods) {
		broken.commit = func(string, []byte, time.Time) error { return nil }
	}},
	"Forgets": {[]string{lost, part}, 40, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) { return nil, false, right.delete(token) }
	}},
	"SaysNotFound": {[]string{lost}, 40, func(broken *methods, _ methods) {
		broken.find = func(string) ([]byte, bool, error) { return nil, false, nil }
	}},
	"Swaps": {[]string{wrongSession}, 40, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) {
			all, err := right.all()
			delete(all, token)
			for _, b := range all {
				return b, true, nil
			}
			return nil, false, err
		}
	}},
	"FindsInError": {[]string{foundInError}, 40, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) {
			b, found, _ := right.find(token)
			return b, found, errBug
		}
	}},
	"Hangs": {[]string{overBound}, 200, func(broken *methods, right methods) {
		broken.find = func(token string) ([]byte, bool, error) {
			time.Sleep(2 * mutantBound)
			return right.find(token)
		}
	}},
	"Resurrects": {[]string{deleted, noOrder}, 40, func(broken *methods, _ methods) {
		broken.delete = func(string) error { return nil }
	}},
	"OutlivesExpiry": {[]string{pastExpiry}, 1, func(broken *methods, right methods) {
		broken.commit = func(token string, b []byte, expiry time.Time) error {
			return right.commit(token, b, expiry.Add(time.Hour))
		}
	}},
	"HangsInAll": {[]string{overBound}, 2, func(broken *methods, right methods) {
		broken.all = func() (map[string][]byte, error) {
			time.Sleep(2 * mutantBound)
			return right.all()
		}
	}},
	"AllInPart":  {[]string{part}, 2, func(broken *methods, right methods) { broken.all = partOf(right) }},
	"EachInPart": {[]string{part}, 2, func(broken *methods, right methods) { broken.each = partOf(right) }},
	"AllInError": {[]string{foundInError}, 2, func(broken *methods, right methods) {
		broken.all = func() (map[string][]byte, error) {
			all, _ := right.all()
			return all, errBug
		}
	}},
	"NeverBack": {[]string{noService}, 1, func(broken *methods, _ methods) {
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
			right := methods{find: store.Find, commit: store.Commit, delete: store.Delete, all: store.All, each: store.All}
			m := &mutant{MemStore: store, right: right, broken: right, every: test.every}
			test.breaks(&m.broken, right)
			r := newReport(silent{t})
			l := newLoad(r, []Store{m, m}, 50, mutantBound)
			l.listing = mutantBound
			end := l.start(1)
			for began := time.Now(); time.Since(began) < 700*time.Millisecond || m.calls.Load() < 2000; {
				time.Sleep(10 * time.Millisecond)
			}
			end()
			a := allowed{late: late, landed: time.Now()}
			for _, s := range l.finish(500 * time.Millisecond) {
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
