package storetest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"time"
)

// onCommit changes what a commit stores, given what is stored already; keep means
// to leave that as it is. The store's own lock is held.
func onCommit(f func(m *memory, old session, exists bool, s *session) (keep bool)) func(m *memory) {
	return func(m *memory) {
		m.commit = func(_ context.Context, token string, b []byte, expiry time.Time) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			old, exists := m.items[token]
			s := session{bytes.Clone(b), expiry}
			if !f(m, old, exists, &s) {
				m.items[token] = s
			}
			return nil
		}
	}
}

var commitMutants = []mutant{
	{
		name:  "commit stores nothing",
		fails: []string{"Ctx/Commit/CancelledLater", "*/Commit/New", "*/Find/Committed", "*/All/Exactly", "Manager/FirstVisit"},
		bug:   onCommit(func(*memory, session, bool, *session) bool { return true }),
	},
	{
		name:  "commit does not overwrite",
		fails: []string{"*/Commit/ExpiryLonger", "*/Commit/ExpiryShorter", "*/Commit/Overwrite*"},
		bug:   onCommit(func(m *memory, _ session, exists bool, _ *session) bool { return exists }),
	},
	{
		name: "the tail of longer data stays",
		fails: []string{
			"*/All/AfterOverwrite", "*/Commit/OverwriteShorter", "*/Concurrent/Linearizable",
			"*/Concurrent/OneToken",
		},
		bug: onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if len(old.data) > len(s.data) {
				s.data = append(s.data, old.data[len(s.data):]...)
			}
			return false
		}),
	},
	{
		name:  "new data is cut at the length of the old",
		fails: []string{"*/Commit/OverwriteLonger", "Manager/FirstVisit"},
		bug: onCommit(func(_ *memory, old session, exists bool, s *session) bool {
			if exists {
				s.data = s.data[:min(len(s.data), len(old.data))]
			}
			return false
		}),
	},
	{
		name:  "the store holds five sessions",
		fails: []string{"*/All/Many", "*/Commit/KeepsOthers", "*/Concurrent/DistinctTokens"},
		bug: func(m *memory) {
			commit := m.commit
			var order []string
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				commit(ctx, token, b, expiry)
				m.mu.Lock()
				defer m.mu.Unlock()
				order = append(order, token)
				if len(order) > 5 {
					delete(m.items, order[0])
					order = order[1:]
				}
				return nil
			}
		},
	},
	{
		name:  "data is stored as text",
		fails: []string{"*/Commit/Binary", "*/Commit/Large", "Manager/*"},
		opts:  []Option{FinalDelete()},
		bug: onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.data = []byte(strings.ToValidUTF8(string(s.data), "\uFFFD"))
			return false
		}),
	},
	{
		name:  "data is cut at 64 KiB",
		fails: []string{"*/Commit/Large"},
		bug: onCommit(func(_ *memory, _ session, _ bool, s *session) bool {
			s.data = s.data[:min(len(s.data), math.MaxUint16)]
			return false
		}),
	},
	{
		name:  "large data is refused and stored in part",
		fails: []string{"*/Commit/Large"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if len(b) > math.MaxUint16 {
					commit(ctx, token, b[:math.MaxUint16], expiry)
					return errors.New("mutant: too large")
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "commit writes behind the end of the slice",
		fails: []string{"*/Commit/InputNotModified"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				_ = append(b, "checksum"...)
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "commit encrypts in place",
		fails: []string{"*/Commit/InputNotModified"},
		bug: func(m *memory) {
			find, commit := m.find, m.commit
			crypt := func(b []byte) {
				for i := range b {
					b[i] ^= 0x5a
				}
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				crypt(b)
				return commit(ctx, token, b, expiry)
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				crypt(b)
				return b, found, err
			}
			all := m.all
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				for _, b := range sessions {
					crypt(b)
				}
				return sessions, err
			}
		},
	},
	oneKeyspace(),
}

// oneKeyspace is a mutant whose stores all find what any of them has stored,
// though All lists only their own.
func oneKeyspace() mutant {
	var mu sync.Mutex
	var every []*memory
	return mutant{
		name:  "find looks into every store",
		fails: []string{"*/Commit/TwoStores", "Manager/TwoManagers"},
		bug: func(m *memory) {
			mu.Lock()
			every = append(every, m)
			mu.Unlock()
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				if b, found, err := find(ctx, token); found {
					return b, found, err
				}
				mu.Lock()
				defer mu.Unlock()
				for _, other := range every {
					if s, ok := other.get(token); ok && token != "" && len(token) == 43 && other != m && s.expiry.After(time.Now()) {
						return s.data, true, nil
					}
				}
				return nil, false, nil
			}
		},
	}
}
