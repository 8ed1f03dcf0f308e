package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

var faultMutants = []mutant{
	{
		name:  "find finds nothing while the backend is broken",
		fails: []string{"*/Fault/Find"},
		bug:   onDown{find: func() ([]byte, bool, error) { return nil, false, nil }}.bug,
	},
	{
		name:  "find goes on with what it had found before the backend broke",
		fails: []string{"*/Fault/Find"},
		bug: func(m *memory) {
			var mu sync.Mutex
			last := make(map[string][]byte)
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				err := commit(ctx, token, b, expiry)
				if err == nil {
					mu.Lock()
					last[token] = bytes.Clone(b)
					mu.Unlock()
				}
				return err
			}
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				mu.Lock()
				defer mu.Unlock()
				if old, ok := last[token]; ok && err != nil {
					return old, true, nil
				}
				return b, found, err
			}
		},
	},
	{
		name:  "commit says nothing while the backend is broken",
		fails: []string{"*/Fault/Commit"},
		bug:   onDown{commit: func() error { return nil }}.bug,
	},
	{
		name:  "delete says nothing while the backend is broken",
		fails: []string{"*/Fault/Delete"},
		bug:   onDown{delete: func() error { return nil }}.bug,
	},
	{
		name:  "all is a part while the backend is broken",
		fails: []string{"*/Fault/All"},
		bug: onDown{all: func(m *memory) (map[string][]byte, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			sessions := make(map[string][]byte)
			for token, s := range m.items {
				sessions[token] = s.data
				break
			}
			return sessions, nil
		}}.bug,
	},
	{
		name:  "all is empty while the backend is broken",
		fails: []string{"*/Fault/All"},
		bug:   onDown{all: func(*memory) (map[string][]byte, error) { return map[string][]byte{}, nil }}.bug,
	},
	{
		name:  "find panics while the backend is broken",
		fails: []string{"*/Fault/Find", "*/Fault/Kept", "*/Fault/Linearizable", "*/Fault/Recovers"},
		bug:   onDown{find: func() ([]byte, bool, error) { panic("mutant: nil connection") }}.bug,
	},
	{
		name:  "all panics while the backend is broken",
		fails: []string{"*/Fault/All"},
		bug:   onDown{all: func(*memory) (map[string][]byte, error) { panic("mutant: nil cursor") }}.bug,
	},
	{
		name: "find hangs while the backend is broken", sleptOnly: true,
		fails: []string{"*/Fault/Find"}, // the checks that need it are skipped
		bug: onDown{find: func() ([]byte, bool, error) {
			hang()
			return nil, false, errDown
		}}.bug,
	},
	{
		name: "commit hangs while the backend is broken", sleptOnly: true,
		fails: []string{"*/Fault/Commit"},
		bug: onDown{commit: func() error {
			hang()
			return errDown
		}}.bug,
	},
	{
		name: "all calls hang while the backend is broken", sleptOnly: true,
		fails: []string{"*/Fault/All", "*/Fault/Commit", "*/Fault/Delete", "*/Fault/Find"},
		bug: onDown{
			find:   func() ([]byte, bool, error) { hang(); return nil, false, errDown },
			commit: func() error { hang(); return errDown },
			delete: func() error { hang(); return errDown },
			all:    func(*memory) (map[string][]byte, error) { hang(); return nil, errDown },
		}.bug,
	},
	{
		name: "an error takes 40 s", sleptOnly: true,
		fails: []string{"*/Fault/Delete"},
		bug: onDown{delete: func() error {
			time.Sleep(40 * time.Second)
			return errDown
		}}.bug,
	},
	{
		name: "the store does not recover", sleptOnly: true,
		fails: []string{"*/Fault/Recovers"}, // the checks after it are skipped
		bug: func(m *memory) {
			var mu sync.Mutex
			dead := false
			after := func(err error) error {
				mu.Lock()
				defer mu.Unlock()
				dead = dead || err != nil
				if dead {
					return errors.New("mutant: connection closed")
				}
				return nil
			}
			find, commit, del, all := m.find, m.commit, m.delete, m.all
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				return b, found, after(err)
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				return after(commit(ctx, token, b, expiry))
			}
			m.delete = func(ctx context.Context, token string) error { return after(del(ctx, token)) }
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				return sessions, after(err)
			}
		},
	},
	{
		name: "find finds nothing after the backend was broken", sleptOnly: true,
		fails: []string{"*/Fault/Recovers"},
		bug: func(m *memory) {
			var mu sync.Mutex
			dead := false
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				mu.Lock()
				defer mu.Unlock()
				dead = dead || err != nil
				if dead && err == nil {
					return nil, false, nil
				}
				return b, found, err
			}
		},
	},
	{
		name:  "an old write comes again after the backend was broken",
		fails: []string{"*/Fault/Kept"},
		bug: func(m *memory) {
			// A log of what was acknowledged, with a place in it that is behind.
			var log []write
			onWrites(func(m *memory, w *write, failed bool) {
				if w != nil && !failed {
					log = append(log, *w)
				}
				if w == nil && len(log) > 1 {
					for _, old := range log[:len(log)-1] {
						old.apply(m)
					}
				}
			})(m)
		},
	},
	{
		name:  "sessions are lost when the backend breaks",
		fails: []string{"*/Fault/FailedWrites", "*/Fault/Kept"},
		bug: onWrites(func(m *memory, w *write, _ bool) {
			if w == nil {
				m.mu.Lock()
				defer m.mu.Unlock()
				clear(m.items)
			}
		}),
	},
	{
		name:  "a commit that fails has written a part",
		fails: []string{"*/Fault/FailedWrites"},
		bug: onWrites(func(m *memory, w *write, failed bool) {
			if w != nil && failed && !w.expiry.IsZero() {
				w.data = w.data[:len(w.data)/2]
				w.apply(m)
			}
		}),
	},
	{
		name:  "a commit that fails has deleted the session",
		fails: []string{"*/Fault/FailedWrites"},
		bug: onWrites(func(m *memory, w *write, failed bool) {
			if w != nil && failed {
				write{token: w.token}.apply(m)
			}
		}),
	},
	{
		name:  "a write that failed has its effect again and again",
		fails: []string{"*/Fault/Linearizable"},
		bug: func(m *memory) {
			// Each queue of failed writes is worked off after every other write.
			var queue []write
			onWrites(func(m *memory, w *write, failed bool) {
				if w != nil && failed {
					queue = append(queue, *w)
				}
				if w != nil && !failed {
					for _, old := range slices.Backward(queue) {
						if old.token == w.token {
							old.apply(m)
						}
					}
				}
			})(m)
		},
	},
}
