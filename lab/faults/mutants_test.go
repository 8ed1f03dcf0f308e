package main

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/topology"
)

// A mutant is a store with one bug, which shows in one of so many calls.
type mutant struct {
	topology.Store
	every int64
	calls atomic.Int64
	lag   *lag // of the load

	find   func(m *mutant, ctx context.Context, token string) ([]byte, bool, error)
	commit func(m *mutant, ctx context.Context, token string, b []byte, expiry time.Time) error
	delete func(m *mutant, ctx context.Context, token string) error
	all    func(m *mutant, ctx context.Context) (map[string][]byte, error)
	each   func(m *mutant, ctx context.Context, fn func(token string, b []byte) error) error
}

// now reports whether the bug is to show.
func (m *mutant) now() bool { return m.calls.Add(1)%m.every == 0 }

func (m *mutant) shown() int64 { return m.calls.Load() / max(m.every, 1) }

// hang takes longer than the bound as the load counts it.
func (m *mutant) hang(bound time.Duration) {
	began := time.Now()
	for now := began; now.Sub(began)-m.lag.between(began, now) <= bound; now = time.Now() {
		time.Sleep(10 * time.Millisecond)
	}
}

func (m *mutant) Find(token string) ([]byte, bool, error) {
	return m.FindCtx(context.Background(), token)
}

func (m *mutant) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if m.find != nil && m.now() {
		return m.find(m, ctx, token)
	}
	return m.Store.FindCtx(ctx, token)
}

func (m *mutant) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if m.commit != nil && m.now() {
		return m.commit(m, ctx, token, b, expiry)
	}
	return m.Store.CommitCtx(ctx, token, b, expiry)
}

func (m *mutant) DeleteCtx(ctx context.Context, token string) error {
	if m.delete != nil && m.now() {
		return m.delete(m, ctx, token)
	}
	return m.Store.DeleteCtx(ctx, token)
}

func (m *mutant) AllCtx(ctx context.Context) (map[string][]byte, error) {
	if m.all != nil && m.now() {
		return m.all(m, ctx)
	}
	return m.Store.AllCtx(ctx)
}

func (m *mutant) Each(ctx context.Context, fn func(token string, b []byte) error) error {
	if m.each != nil && m.now() {
		return m.each(m, ctx, fn)
	}
	return m.Store.Each(ctx, fn)
}

var mutants = map[string]struct {
	mutant *mutant
	want   []string // one of these or all, and nothing else
}{
	"None": {&mutant{}, nil},
	"Loses": {&mutant{every: 20, commit: func(_ *mutant, _ context.Context, _ string, _ []byte, _ time.Time) error {
		return nil
	}}, []string{lost, noOrder}},
	"Forgets": {&mutant{every: 20, find: func(m *mutant, ctx context.Context, token string) ([]byte, bool, error) {
		err := m.Store.DeleteCtx(ctx, token)
		return nil, false, err
	}}, []string{lost, notFound, part}},
	"SaysNotFound": {&mutant{every: 20, find: func(_ *mutant, _ context.Context, _ string) ([]byte, bool, error) {
		return nil, false, nil
	}}, []string{notFound, lost}},
	"Swaps": {&mutant{every: 20, find: func(m *mutant, ctx context.Context, token string) ([]byte, bool, error) {
		all, err := m.Store.AllCtx(ctx)
		for other, b := range all {
			if other != token {
				return b, true, nil
			}
		}
		return nil, false, err
	}}, []string{wrongSession}},
	"Resurrects": {&mutant{every: 20, delete: func(_ *mutant, _ context.Context, _ string) error {
		return nil
	}}, []string{deleted, noOrder}},
	"OutlivesExpiry": {&mutant{every: 1, commit: func(m *mutant, ctx context.Context, token string, b []byte, expiry time.Time) error {
		return m.Store.CommitCtx(ctx, token, b, expiry.Add(time.Hour))
	}}, []string{pastExpiry}},
	"FindsInError": {&mutant{every: 20, find: func(m *mutant, ctx context.Context, token string) ([]byte, bool, error) {
		b, found, _ := m.Store.FindCtx(ctx, token)
		return b, found, errors.New("a bug")
	}}, []string{foundInError}},
	"Hangs": {&mutant{every: 20, find: func(m *mutant, ctx context.Context, token string) ([]byte, bool, error) {
		m.hang(mutantBound.call)
		return m.Store.FindCtx(ctx, token)
	}}, []string{overBound}},
	"HangsInAll": {&mutant{every: 2, all: func(m *mutant, ctx context.Context) (map[string][]byte, error) {
		m.hang(mutantBound.list)
		return m.Store.AllCtx(ctx)
	}}, []string{overBound}},
	"AllInPart": {&mutant{every: 2, all: func(m *mutant, ctx context.Context) (map[string][]byte, error) {
		all, err := m.Store.AllCtx(ctx)
		for token := range all {
			if token[len(token)-1] < 'M' {
				delete(all, token)
			}
		}
		return all, err
	}}, []string{part}},
	"EachInPart": {&mutant{every: 2, each: func(m *mutant, ctx context.Context, fn func(token string, b []byte) error) error {
		return m.Store.Each(ctx, func(token string, b []byte) error {
			if token[len(token)-1] < 'M' {
				return nil
			}
			return fn(token, b)
		})
	}}, []string{part}},
	"AllInError": {&mutant{every: 2, all: func(m *mutant, ctx context.Context) (map[string][]byte, error) {
		all, _ := m.Store.AllCtx(ctx)
		return all, errors.New("a bug")
	}}, []string{foundInError}},
	"NeverBack": {&mutant{every: 1, all: func(*mutant, context.Context) (map[string][]byte, error) {
		return nil, errors.New("a bug")
	}}, []string{noService}},
}

var mutantBound = bound{call: 500 * time.Millisecond, list: time.Second, late: late}

// TestMutants: the rounds of a run, without faults, on one server.
func TestMutants(t *testing.T) {
	server := topology.Start(t, topology.Standalone, redistest.Options{}, downAfter)
	for name, test := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.mutant.Store = topology.Pairs[0].Open(t, server, "mutant-"+name+":")
			r := &result{pair: topology.Pairs[0]}
			l, err := newLoad([]topology.Store{test.mutant, test.mutant}, 50, mutantBound, r.report)
			if err != nil {
				t.Fatal(err)
			}
			test.mutant.lag = &l.lag
			test.mutant.calls.Store(0) // with -count there were others
			enough, within := int64(20), serviceBound
			if test.mutant.all != nil || test.mutant.each != nil {
				enough = 3 // each of them fails
			}
			if slices.Contains(test.want, noService) {
				within = time.Second
			}
			l.start(1)
			for began := time.Now(); time.Since(began) < time.Second || test.mutant.every > 0 && test.mutant.shown() < enough; {
				time.Sleep(10 * time.Millisecond)
			}
			l.end()
			r.judge(l.finish(within), nil, late)
			var got []string
			for _, v := range r.violations {
				if !slices.Contains(got, v.rule) {
					got = append(got, v.rule)
				}
			}
			if !slices.Contains(got, first(test.want)) && len(test.want) > 0 {
				t.Errorf("violations of %q; want %q", got, test.want)
			}
			for _, rule := range got {
				if !slices.Contains(test.want, rule) {
					t.Errorf("violations of %q, too; want %q\n%s", rule, test.want, r.text())
				}
			}
		})
	}
}

func first(rules []string) string {
	if len(rules) == 0 {
		return ""
	}
	return rules[0]
}

// TestLeaks: a client that is not closed is noticed, and one that is, is not.
func TestLeaks(t *testing.T) {
	servers := topology.Start(t, topology.Standalone, redistest.Options{}, downAfter)
	for _, pair := range topology.Pairs {
		if pair.Kind != topology.Standalone {
			continue
		}
		r := &result{}
		leaks := watchLeaks(servers)
		within(t, func(tb testing.TB) {
			if _, err := pair.Open(tb, servers, "leaks:").All(); err != nil {
				t.Fatal(err)
			}
			leaks(t, 100*time.Millisecond, r.report)
		})
		if len(r.violations) == 0 || r.violations[0].rule != leak {
			t.Errorf("%s: %v; want that the client leaks", pair.Name(), r.violations)
		}
		r.violations = nil
		if leaks(t, leakTimeout, r.report); len(r.violations) > 0 {
			t.Errorf("%s: a client that has been closed: %v", pair.Name(), r.text())
		}
	}
}
