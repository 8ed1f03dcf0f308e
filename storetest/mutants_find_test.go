package storetest

import (
	"context"
	"errors"
	"time"
)

var errMutant = errors.New("mutant: no such session")

var findMutants = []mutant{
	{
		name:  "a session that is not found is an error",
		fails: []string{"*/Find/Missing", "*/Delete/Existing", "Manager/GarbageCookies"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				if !found {
					err = errMutant
				}
				return b, found, err
			}
		},
	},
	{
		name:  "find fails on an empty store",
		fails: []string{"*/Find/Missing"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				m.mu.Lock()
				n := len(m.items)
				m.mu.Unlock()
				if n == 0 {
					return nil, false, errMutant
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "find panics on the empty token",
		fails: []string{"*/Commit/TokenBytes", "*/Find/Malformed"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				_ = token[0]
				return find(ctx, token)
			}
		},
	},
	{
		name:  "find returns the data of another session",
		fails: []string{"*/Find/Committed", "*/Commit/KeepsOthers", "*/Commit/SimilarTokens"},
		bug: func(m *memory) {
			m.find = func(_ context.Context, token string) ([]byte, bool, error) {
				m.mu.Lock()
				defer m.mu.Unlock()
				s, ok := m.items[token]
				if !ok || !m.live(s) {
					return nil, false, nil
				}
				for other, o := range m.items {
					if other != token && m.live(o) {
						s = o
					}
				}
				return s.data, true, nil
			}
		},
	},
	{
		name:  "data is cut at 255 bytes",
		fails: []string{"*/Find/Committed", "*/Commit/Binary"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				return commit(ctx, token, b[:min(len(b), 255)], expiry)
			}
		},
	},
	{
		name:  "a session can be found twice only",
		fails: []string{"Ctx/Find/Cancelled", "*/Find/Repeatable"},
		bug: func(m *memory) {
			find, finds := m.find, make(map[string]int)
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				m.mu.Lock()
				defer m.mu.Unlock()
				if finds[token]++; finds[token] > 2 && len(b) == len("abc") {
					return nil, false, nil
				}
				return b, found, err
			}
		},
	},
	{
		name:  "find does not look at the expiry",
		fails: []string{"*/Find/Expired", "*/Commit/ExpiryShorter"},
		bug: func(m *memory) {
			m.find = func(_ context.Context, token string) ([]byte, bool, error) {
				s, ok := m.get(token)
				return s.data, ok, nil
			}
		},
	},
	{
		name:  "find prolongs the session",
		fails: []string{"*/Commit/SubSecond", "*/Find/NotProlonged"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				m.mu.Lock()
				defer m.mu.Unlock()
				if s, ok := m.items[token]; ok && found {
					s.expiry = s.expiry.Add(2 * time.Hour)
					m.items[token] = s
				}
				return b, found, err
			}
		},
	},
	{
		name:  "finding an expired session clears the store",
		fails: []string{"*/Find/KeepsOthers", "Manager/IdleTimeout"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				m.mu.Lock()
				if s, ok := m.items[token]; ok && !m.live(s) {
					clear(m.items)
				}
				m.mu.Unlock()
				return find(ctx, token)
			}
		},
	},
	{
		name:  "delete wipes the bytes that find has returned",
		fails: []string{"*/Find/ResultStays"},
		bug: func(m *memory) {
			findsUncopied(m)
			del := m.delete
			m.delete = func(ctx context.Context, token string) error {
				if s, _ := m.get(token); string(s.data) == "old 1" {
					clear(s.data)
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "commit overwrites the bytes that find has returned",
		fails: []string{"*/Find/ResultStays"},
		bug: func(m *memory) {
			findsUncopied(m)
			onCommit(func(_ *memory, old session, exists bool, s *session) bool {
				if exists && len(old.data) == len("old 0") && len(s.data) == len("new 0") {
					copy(old.data, s.data)
					s.data = old.data
				}
				return false
			})(m)
		},
	},
	{
		name:  "no bytes mean no session",
		fails: []string{"*/Commit/EmptyData", "*/Commit/NilData"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				return b, found && len(b) > 0, err
			}
		},
	},
	{
		name:  "a nil slice is refused, as NULL in a column that has none",
		fails: []string{"*/Commit/NilData"},
		bug:   refuses(func(_ string, b []byte) bool { return b == nil }),
	},
}
