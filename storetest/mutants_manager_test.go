package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"
)

// ofScs reports whether data is a session that scs has encoded. Some bugs are only
// in what an HTTP request makes of a store: for the other checks they are not there.
func ofScs(b []byte) bool { return bytes.Contains(b, []byte("Deadline")) }

// leaves waits for a context that ends while a call is under way.
func leaves(ctx context.Context) bool {
	if ctx.Done() == nil || ctx.Err() != nil {
		return false
	}
	select {
	case <-ctx.Done():
		return true
	case <-time.After(40 * moment):
		return false
	}
}

func panicOnPercent(token string) {
	if strings.HasSuffix(token, "%00") {
		panic("mutant: %!(NOVERB)")
	}
}

var managerMutants = []mutant{
	{
		name:  "an expiry in the past is refused and the session deleted",
		fails: []string{"Manager/Lifetime"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if !expiry.After(time.Now()) {
					return errors.Join(errRefused, m.delete(ctx, token))
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name: "a new session brings back the one that was deleted before",
		fails: []string{
			"Manager/HashTokenInStore", "Manager/Iterate", "Manager/Login", "Manager/Logout",
		},
		bug: func(m *memory) {
			commit, del := m.commit, m.delete
			var token string
			var deleted session
			m.delete = func(ctx context.Context, t string) error {
				if s, ok := m.get(t); ok && ofScs(s.data) {
					m.mu.Lock()
					token, deleted = t, s
					m.mu.Unlock()
				}
				return del(ctx, t)
			}
			m.commit = func(ctx context.Context, t string, b []byte, expiry time.Time) error {
				m.mu.Lock()
				if _, exists := m.items[t]; !exists && token != "" {
					m.items[token], token = deleted, ""
				}
				m.mu.Unlock()
				return commit(ctx, t, b, expiry)
			}
		},
	},
	{
		name:  "a delete is given up when the client leaves meanwhile",
		fails: []string{"Manager/DestroyDisconnected"},
		bug: func(m *memory) {
			del := m.delete
			m.delete = func(ctx context.Context, token string) error {
				if s, _ := m.get(token); ofScs(s.data) && leaves(ctx) {
					return nil
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "a commit is given up when the client leaves meanwhile",
		fails: []string{"Manager/CommitDisconnected"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if s, _ := m.get(token); ofScs(s.data) && leaves(ctx) {
					return nil
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "a commit that is given up loses the session",
		fails: []string{"Manager/CommitDisconnected"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if s, _ := m.get(token); ofScs(s.data) && leaves(ctx) {
					return errors.Join(m.delete(ctx, token), ctx.Err())
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "delete with a cancelled context panics",
		fails: []string{"Ctx/Delete/Cancelled", "Manager/DestroyDisconnected"},
		bug: func(m *memory) {
			del := m.delete
			m.delete = func(ctx context.Context, token string) error {
				if ctx.Err() != nil {
					panic("mutant: no connection")
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "all cuts data at 64 bytes",
		fails: []string{"Manager/Iterate"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			for token, b := range sessions {
				sessions[token] = b[:min(len(b), 64)]
			}
			return sessions
		}),
	},
	{
		name:  "all lists a record that is no session",
		fails: []string{"*/All/Empty", "Manager/Iterate"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			sessions["schema"] = []byte("version 2")
			return sessions
		}),
	},
	{
		name:  "an unknown token is found with no data",
		fails: []string{"*/Find/Missing", "*/Delete/Existing", "*/Find/Malformed", "*/Find/Tampered"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, _, err := find(ctx, token)
				return b, true, err
			}
		},
	},
	{
		name:  "a session that is only read is gone after a while",
		fails: []string{"Manager/Unmodified"},
		bug: func(m *memory) {
			// More often than requests find a session at the same time elsewhere.
			const most = 6
			find, commit, finds := m.find, m.commit, make(map[string]int)
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				m.mu.Lock()
				defer m.mu.Unlock()
				if ofScs(b) {
					finds[token]++
				}
				if finds[token] == most {
					delete(m.items, token)
				}
				return b, found, err
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				m.mu.Lock()
				finds[token] = 0
				m.mu.Unlock()
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "find looks for the hash of the token too",
		fails: []string{"Manager/HashTokenInStore"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				if b, found, err := find(ctx, token); found || err != nil {
					return b, found, err
				}
				hash := sha256.Sum256([]byte(token))
				return find(ctx, base64.RawURLEncoding.EncodeToString(hash[:]))
			}
		},
	},
	{
		name:  "find panics on a percent sign",
		fails: []string{"Manager/GarbageCookies"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				panicOnPercent(token)
				return find(ctx, token)
			}
		},
	},
	{
		name:  "a session that another request has found too is locked",
		fails: []string{"Manager/ConcurrentRequests"},
		bug: func(m *memory) {
			find, commit, readers := m.find, m.commit, make(map[string]int)
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				m.mu.Lock()
				defer m.mu.Unlock()
				if ofScs(b) {
					readers[token]++
				}
				return b, found, err
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				m.mu.Lock()
				locked := readers[token] > 3
				readers[token] = 0
				m.mu.Unlock()
				if locked {
					return errors.New("mutant: database is locked")
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	deleteEverywhere(),
}

// deleteEverywhere is a mutant that needs to know its other stores.
func deleteEverywhere() mutant {
	var mu sync.Mutex
	var every []*memory
	return mutant{
		name:  "delete reaches into every store",
		fails: []string{"*/Commit/TwoStores", "Manager/TwoManagers"},
		bug: func(m *memory) {
			mu.Lock()
			every = append(every, m)
			mu.Unlock()
			m.delete = func(_ context.Context, token string) error {
				mu.Lock()
				defer mu.Unlock()
				for _, other := range every {
					// Other checks, which run at the same time, use "" too.
					if other == m || len(token) == 43 {
						other.mu.Lock()
						delete(other.items, token)
						other.mu.Unlock()
					}
				}
				return nil
			}
		},
	}
}
