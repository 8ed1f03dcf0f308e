package storetest

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Stores of these types have some of the methods only.
type (
	withoutContexts  struct{ iterable }
	withoutIteration struct{ scs.CtxStore }
	aValue           struct{ *memory }
	iterable         interface {
		scs.Store
		scs.IterableStore
	}
)

var errRefused = errors.New("legal: refused")

// refuses makes Commit an error that stores nothing.
func refuses(bad func(token string, b []byte) bool) func(m *memory) {
	return func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if bad(token, b) {
				return errRefused
			}
			return commit(ctx, token, b, expiry)
		}
	}
}

func refusesExpiry(bad func(expiry time.Time) bool) func(m *memory) {
	return func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if bad(expiry) {
				return errRefused
			}
			return commit(ctx, token, b, expiry)
		}
	}
}

func roundsExpiry(round func(time.Time) time.Time) func(m *memory) {
	return func(m *memory) {
		commit := m.commit
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			return commit(ctx, token, b, round(expiry))
		}
	}
}

// slow makes every call take a while.
func slow(d time.Duration) func(m *memory) {
	return before(func(context.Context, string, string) error { time.Sleep(d); return nil })
}

// legal are correct stores that are not like the others. No check may fail them.
var legal = []mutant{
	{name: "ordinary"},
	{name: "without contexts", as: func(m *memory) scs.Store { return withoutContexts{m} }},
	{name: "without iteration", as: func(m *memory) scs.Store { return withoutIteration{m} }},
	{name: "with nothing but what a store must have", as: func(m *memory) scs.Store { return plain{m} }},
	{name: "a value, not a pointer", as: func(m *memory) scs.Store { return aValue{m} }},
	{name: "refuses long tokens", bug: refuses(func(token string, _ []byte) bool { return len(token) > 200 })},
	{name: "refuses tokens with a colon", bug: refuses(func(token string, _ []byte) bool { return strings.Contains(token, ":") })},
	{name: "refuses the empty token", bug: refuses(func(token string, _ []byte) bool { return token == "" })},
	{name: "refuses tokens that are not base64url", bug: refuses(func(token string, _ []byte) bool { return notBase64(token) })},
	{name: "refuses large data", bug: refuses(func(_ string, b []byte) bool { return len(b) > 64<<10 })},
	{
		name: "rounds an expiry down to 10 ms",
		bug:  roundsExpiry(func(e time.Time) time.Time { return e.Truncate(10 * time.Millisecond) }),
	},
	{
		name: "rounds an expiry up to 10 ms",
		bug: roundsExpiry(func(e time.Time) time.Time {
			return e.Add(10*time.Millisecond - time.Nanosecond).Truncate(10 * time.Millisecond)
		}),
	},
	{
		name: "rounds an expiry down to the second",
		bug:  roundsExpiry(func(e time.Time) time.Time { return e.Truncate(time.Second) }),
		opts: []Option{Resolution(time.Second)},
	},
	{
		name: "rounds an expiry up to the second",
		bug: roundsExpiry(func(e time.Time) time.Time {
			return e.Add(time.Second - time.Nanosecond).Truncate(time.Second)
		}),
		opts: []Option{Resolution(time.Second)},
	},
	{
		name: "takes an expiry in the past as a delete",
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if !expiry.After(time.Now()) {
					return m.delete(ctx, token)
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name: "a deleted token is dead until its tombstone expires",
		bug:  deletesForGood,
		opts: []Option{FinalDelete()},
	},
	{
		name: "refuses an expiry further ahead than 200 years",
		bug:  refusesExpiry(func(expiry time.Time) bool { return expiry.Year() > time.Now().Year()+200 }),
	},
	{
		name: "refuses an expiry after 2038",
		bug:  refusesExpiry(func(expiry time.Time) bool { return expiry.Unix() > math.MaxInt32 }),
	},
	{
		name: "refuses an expiry before 1970, and the old session stays",
		bug:  refusesExpiry(func(expiry time.Time) bool { return expiry.Unix() < 0 }),
	},
	{
		name: "copies nothing",
		bug: func(m *memory) {
			findsUncopied(m)
			m.commit = func(_ context.Context, token string, b []byte, expiry time.Time) error {
				m.mu.Lock()
				defer m.mu.Unlock()
				if m.down == nil {
					m.items[token] = session{b, expiry}
				}
				return m.down
			}
			m.all = func(context.Context) (map[string][]byte, error) {
				m.mu.Lock()
				defer m.mu.Unlock()
				if m.down != nil {
					return nil, m.down
				}
				sessions := make(map[string][]byte)
				for token, s := range m.items {
					if m.live(s) {
						sessions[token] = s.data
					}
				}
				return sessions, nil
			}
		},
	},
	{
		name: "returns bytes when nothing is found",
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				if !found {
					b = []byte{}
				}
				return b, found, err
			}
		},
	},
	{
		name: "returns nil for no bytes",
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				if len(b) == 0 {
					b = nil
				}
				return b, found, err
			}
		},
	},
	{
		name: "obeys a context that has ended",
		bug:  before(func(ctx context.Context, _, _ string) error { return ctx.Err() }),
	},
	{
		name: "commits and deletes, and reports that the context has ended",
		bug: func(m *memory) {
			commit, del := m.commit, m.delete
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				return errors.Join(commit(ctx, token, b, expiry), ctx.Err())
			}
			m.delete = func(ctx context.Context, token string) error {
				return errors.Join(del(ctx, token), ctx.Err())
			}
		},
	},
}

func TestLegalStores(t *testing.T) {
	for _, l := range slices.Concat(legal, legalFaults, []mutant{{name: "slow", bug: slow(time.Millisecond)}}) {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			ms := l.memories()
			Run(t, ms.open, append(ms.options(), Advance(ms.advance))...)
		})
	}
}
