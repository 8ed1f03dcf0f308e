package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"
)

// isSmall keeps these mutants out of Concurrent/OneToken, whose data is long: that
// check sees some of what they do, but not always.
func isSmall(b []byte) bool { return len(b) < 100 }

// They are for the bubble only: on a machine that is busy, two calls that last a
// moment may not meet in the time that the check takes.
var linearizableMutants = []mutant{
	{
		name:  "find fills a cache after a commit has emptied it",
		fails: []string{"*/Concurrent/Linearizable"}, sleptOnly: true,
		bug: func(m *memory) {
			g, cache := newMeeting(), make(map[string][]byte)
			find, commit, del := m.find, m.commit, m.delete
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				g.mu.Lock()
				b, ok := cache[token]
				g.mu.Unlock()
				if ok {
					return b, true, nil
				}
				b, found, err := find(ctx, token)
				if !found || !isSmall(b) {
					return b, found, err
				}
				if met, _ := g.meet(token, "find"); met {
					g.mu.Lock()
					cache[token] = b
					g.mu.Unlock()
				}
				return b, found, err
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				g.mu.Lock()
				delete(cache, token)
				w := g.waiting[token]
				g.mu.Unlock()
				err := commit(ctx, token, b, expiry)
				if w != nil && isSmall(b) {
					g.meet(token, "commit")
				}
				return err
			}
			m.delete = func(ctx context.Context, token string) error {
				g.mu.Lock()
				delete(cache, token)
				g.mu.Unlock()
				return del(ctx, token)
			}
		},
	},
	{
		name:  "of two finds at the same time one is an error",
		fails: []string{"*/Concurrent/Linearizable", "*/Peer/Linearizable"}, sleptOnly: true,
		bug: func(m *memory) {
			g, find := newMeeting(), m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				if _, second := g.meet(token, ""); second {
					return nil, false, errors.New("mutant: connection is busy")
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "of two commits at the same time the first comes again later",
		fails: []string{"*/Concurrent/Linearizable"}, sleptOnly: true,
		bug: func(m *memory) {
			g, again := newMeeting(), make(map[string]session)
			find, commit := m.find, m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				_, exists := m.get(token)
				err := commit(ctx, token, b, expiry)
				if !exists || !isSmall(b) {
					return err
				}
				if met, second := g.meet(token, ""); met && !second {
					g.mu.Lock()
					again[token] = session{bytes.Clone(b), expiry}
					g.mu.Unlock()
				}
				return err
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				g.mu.Lock()
				s, ok := again[token]
				delete(again, token)
				g.mu.Unlock()
				if ok {
					commit(ctx, token, s.data, s.expiry)
				}
				return b, found, err
			}
		},
	},
	{
		name:  "find sees a commit that is under way, and the next one does not",
		fails: []string{"*/Concurrent/Linearizable"}, sleptOnly: true,
		bug: func(m *memory) {
			var mu sync.Mutex
			next := make(map[string][]byte)
			find, commit := m.find, m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if _, exists := m.get(token); exists && isSmall(b) {
					mu.Lock()
					next[token] = bytes.Clone(b)
					mu.Unlock()
					time.Sleep(moment)
					mu.Lock()
					delete(next, token)
					mu.Unlock()
				}
				return commit(ctx, token, b, expiry)
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				mu.Lock()
				b, ok := next[token]
				delete(next, token)
				mu.Unlock()
				if ok {
					return b, true, nil
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "a find during a commit reads a mix",
		fails: []string{"*/Concurrent/Linearizable"}, sleptOnly: true,
		bug: func(m *memory) {
			g, find, commit := newMeeting(), m.find, m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				g.mu.Lock()
				w := g.waiting[token]
				g.mu.Unlock()
				err := commit(ctx, token, b, expiry)
				if w != nil && isSmall(b) {
					g.meet(token, "commit")
				}
				return err
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				if !found || len(b) < 2 || !isSmall(b) {
					return b, found, err
				}
				if met, _ := g.meet(token, "find"); met {
					newer, _, _ := find(ctx, token)
					return append(b[:len(b)/2:len(b)/2], newer[len(newer)/2:]...), true, nil
				}
				return b, found, err
			}
		},
	},
}
