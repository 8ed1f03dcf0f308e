package storetest

import (
	"context"
	"errors"
	"maps"
	"strings"
)

var errNoSession = errors.New("mutant: no rows")

// onDelete makes delete an error, or makes it do nothing.
func onDelete(f func(m *memory, token string) (leave bool, err error)) func(m *memory) {
	return func(m *memory) {
		del := m.delete
		m.delete = func(ctx context.Context, token string) error {
			if leave, err := f(m, token); leave || err != nil {
				return err
			}
			return del(ctx, token)
		}
	}
}

var deleteMutants = []mutant{
	{
		name:  "delete does nothing",
		fails: []string{"*/All/LeavesOutDeleted", "*/Delete/Existing", "Ctx/Delete/LiveContext", "Manager/DestroyDisconnected", "Manager/Login", "Manager/Logout"},
		bug:   onDelete(func(*memory, string) (bool, error) { return true, nil }),
	},
	{
		name:  "deleting a missing session is an error",
		fails: []string{"*/Delete/Missing", "*/Delete/Twice", "Manager/DestroyNew"},
		bug: onDelete(func(m *memory, token string) (bool, error) {
			if _, ok := m.get(token); !ok {
				return true, errNoSession
			}
			return false, nil
		}),
	},
	{
		name:  "deleting an expired session is an error",
		fails: []string{"*/Delete/Expired"},
		bug: onDelete(func(m *memory, token string) (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if s, ok := m.items[token]; ok && !m.live(s) {
				return true, errNoSession
			}
			return false, nil
		}),
	},
	{
		name:  "deleting the empty token deletes everything",
		fails: []string{"*/Delete/Empty", "*/Delete/Malformed", "Manager/DestroyNew"},
		bug: onDelete(func(m *memory, token string) (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if token == "" {
				clear(m.items)
			}
			return false, nil
		}),
	},
	{
		name:  "delete takes the token for a glob",
		fails: []string{"*/Delete/Malformed"},
		bug: onDelete(func(m *memory, token string) (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			maps.DeleteFunc(m.items, func(other string, _ session) bool { return globMatch(token, other) })
			return true, nil
		}),
	},
	{
		name:  "delete compares without case",
		fails: []string{"*/Delete/Malformed", "*/Delete/OnlyThat"},
		bug: onDelete(func(m *memory, token string) (bool, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			maps.DeleteFunc(m.items, func(other string, _ session) bool { return strings.EqualFold(token, other) })
			return true, nil
		}),
	},
	{
		name:  "deleting a session twice is an error",
		fails: []string{"*/Delete/Twice"},
		bug: func(m *memory) {
			del, gone := m.delete, make(map[string]bool)
			m.delete = func(ctx context.Context, token string) error {
				_, ok := m.get(token)
				m.mu.Lock()
				again := gone[token] && !ok
				gone[token] = gone[token] || ok
				m.mu.Unlock()
				if again {
					return errNoSession
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "a deleted token cannot be committed again",
		fails: []string{"*/Concurrent/DeleteCommit", "*/Concurrent/Linearizable", "*/Delete/ThenCommit"},
		bug:   deletesForGood,
	},
}
