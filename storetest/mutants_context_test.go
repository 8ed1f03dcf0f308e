package storetest

import (
	"context"
	"errors"
	"sync"
	"time"
)

var errMutantContext = errors.New("mutant: context not supported")

func hasDeadline(ctx context.Context) bool { _, ok := ctx.Deadline(); return ok && ctx.Err() == nil }

var contextMutants = []mutant{
	{
		name: "a context with a deadline is an error",
		fails: []string{
			"Ctx/All/LiveContext", "Ctx/Commit/LiveContext", "Ctx/Delete/LiveContext",
			"Ctx/Find/LiveContext",
		},
		bug: before(func(ctx context.Context, _, _ string) error {
			if hasDeadline(ctx) {
				return errMutantContext
			}
			return nil
		}),
	},
	{
		name:  "find with a cancelled context finds nothing",
		fails: []string{"Ctx/Find/Cancelled"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				if ctx.Err() != nil {
					return nil, false, nil
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "find with a cancelled context deletes the session",
		fails: []string{"Ctx/Find/Cancelled"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				if ctx.Err() != nil {
					m.delete(ctx, token)
					return nil, false, ctx.Err()
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "commit with a cancelled context stores nothing",
		fails: []string{"Ctx/Commit/Cancelled", "Manager/CommitDisconnected"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if ctx.Err() != nil {
					return nil
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "commit with a context past its deadline stores a part",
		fails: []string{"Ctx/Commit/Cancelled"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				if errors.Is(ctx.Err(), context.DeadlineExceeded) {
					commit(ctx, token, b[:len(b)/2], expiry)
					return ctx.Err()
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
	{
		name:  "a session ends with the context it was committed with",
		fails: []string{"Ctx/Commit/CancelledLater", "Manager/FirstVisit"},
		bug: func(m *memory) {
			var mu sync.Mutex
			contexts := make(map[string]context.Context)
			find, commit := m.find, m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				mu.Lock()
				contexts[token] = nil
				if ctx.Err() == nil {
					contexts[token] = ctx
				}
				mu.Unlock()
				return commit(ctx, token, b, expiry)
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				mu.Lock()
				committed := contexts[token]
				mu.Unlock()
				if committed != nil && committed.Err() != nil {
					return nil, false, nil
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "delete with a cancelled context does nothing",
		fails: []string{"Ctx/Delete/Cancelled", "Manager/DestroyDisconnected"},
		bug: func(m *memory) {
			del := m.delete
			m.delete = func(ctx context.Context, token string) error {
				if ctx.Err() != nil {
					return nil
				}
				return del(ctx, token)
			}
		},
	},
	{
		name:  "all with a cancelled context is a part",
		fails: []string{"Ctx/All/Cancelled"},
		bug: func(m *memory) {
			all := m.all
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				for token := range sessions {
					if ctx.Err() != nil {
						delete(sessions, token)
						break
					}
				}
				return sessions, err
			}
		},
	},
}
