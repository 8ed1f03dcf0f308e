package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// The bugs here are in the logic, not races on memory: these tests run under the
// race detector. A mutant waits a moment for the call that it goes wrong with, so
// that it goes wrong every time.
const moment = 5 * time.Millisecond

// A meeting brings two calls together.
type meeting struct {
	mu      sync.Mutex
	waiting map[string]*waiter
}

type waiter struct {
	kind string
	met  chan struct{}
}

func newMeeting() *meeting { return &meeting{waiting: make(map[string]*waiter)} }

// meet waits for a call about the same thing from another kind of caller, or from
// any kind if kind is empty. It reports whether they have met, and whether this is
// the one that came second.
func (g *meeting) meet(about, kind string) (met, second bool) {
	g.mu.Lock()
	if w := g.waiting[about]; w != nil {
		defer g.mu.Unlock()
		if kind != "" && w.kind == kind {
			return false, false
		}
		close(w.met)
		delete(g.waiting, about)
		return true, true
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

var concurrentMutants = []mutant{
	{
		name:  "of two new sessions at the same time one is lost",
		fails: []string{"*/All/Many", "*/Concurrent/DistinctTokens"},
		bug: func(m *memory) {
			g, commit := newMeeting(), m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if _, exists := m.get(token); !exists {
					if _, second := g.meet("", ""); second {
						return nil
					}
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "of two commits at the same time one is an error",
		fails: []string{"*/Concurrent/DistinctTokens", "*/Concurrent/OneToken", "Manager/ConcurrentRequests"},
		bug: func(m *memory) {
			g, commit := newMeeting(), m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if _, second := g.meet("", ""); second {
					return errors.New("mutant: database is locked")
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "of two first commits of a token one is an error",
		fails: []string{"*/Concurrent/FirstCommit"},
		bug: func(m *memory) {
			g, commit := newMeeting(), m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if _, exists := m.get(token); !exists {
					if _, second := g.meet(token, ""); second {
						return errors.New("mutant: duplicate key")
					}
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "two first commits of a token make two rows, and a delete removes one",
		fails: []string{"*/Concurrent/FirstCommit"},
		bug: func(m *memory) {
			g, commit, del, rows := newMeeting(), m.commit, m.delete, make(map[string]session)
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if _, exists := m.get(token); !exists {
					if _, second := g.meet(token, ""); second {
						m.mu.Lock()
						defer m.mu.Unlock()
						rows[token] = session{b, expiry}
						return nil
					}
				}
				return commit(ctx, token, b, expiry)
			}
			m.delete = func(ctx context.Context, token string) error {
				m.mu.Lock()
				s, twice := rows[token]
				delete(rows, token)
				m.mu.Unlock()
				if twice {
					return commit(ctx, token, s.data, s.expiry)
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "data is overwritten in two steps",
		fails: []string{"*/Concurrent/OneToken"},
		bug: func(m *memory) {
			g, find, commit := newMeeting(), m.find, m.commit
			writer := make(chan struct{}, 1) // not a mutex, which a bubble cannot wait for
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				writer <- struct{}{}
				defer func() { <-writer }()
				if old, exists := m.get(token); exists && len(old.data) > 100 && len(b) > 100 {
					commit(ctx, token, slices.Concat(b[:100], old.data[100:]), expiry)
					g.meet(token, "commit")
				}
				return commit(ctx, token, b, expiry)
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				g.mu.Lock()
				waiting := g.waiting[token] != nil
				g.mu.Unlock()
				if waiting {
					b, found, err = find(ctx, token)
					g.meet(token, "find")
				}
				return b, found, err
			}
		},
	},
	{
		name:  "a delete during a commit buries the token",
		fails: []string{"*/Concurrent/DeleteCommit"},
		bug: func(m *memory) {
			g, commit, del, buried := newMeeting(), m.commit, m.delete, make(map[string]bool)
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if _, exists := m.get(token); exists {
					g.meet(token, "commit")
				}
				m.mu.Lock()
				dead := buried[token]
				m.mu.Unlock()
				if dead {
					return nil
				}
				return commit(ctx, token, b, expiry)
			}
			m.delete = func(ctx context.Context, token string) error {
				if _, exists := m.get(token); exists {
					met, _ := g.meet(token, "delete")
					m.mu.Lock()
					buried[token] = buried[token] || met
					m.mu.Unlock()
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "all gives up when a session goes away meanwhile",
		fails: []string{"*/Concurrent/AllDuringChanges"},
		bug: func(m *memory) {
			g, del := newMeeting(), m.delete
			m.delete = func(ctx context.Context, token string) error {
				err := del(ctx, token)
				g.mu.Lock()
				defer g.mu.Unlock()
				if w := g.waiting[""]; w != nil {
					close(w.met)
					delete(g.waiting, "")
				}
				return err
			}
			m.all = func(context.Context) (map[string][]byte, error) {
				m.mu.Lock()
				var tokens []string
				for token, s := range m.items {
					if m.live(s) {
						tokens = append(tokens, token)
					}
				}
				m.mu.Unlock()
				g.meet("", "all")
				sessions := make(map[string][]byte)
				for _, token := range tokens {
					s, ok := m.get(token)
					if !ok {
						return make(map[string][]byte), nil
					}
					sessions[token] = s.data
				}
				return sessions, nil
			}
		},
	},
}
