package storetest

import (
	"context"
	"strings"
	"time"
)

// hang stands for a call without a timeout. It ends because a test that leaves a
// goroutine behind cannot end in a bubble.
func hang() { time.Sleep(forever) }

const forever = 24 * time.Hour

// hangMutants have one method each that does not return.
func hangMutants() (all []mutant) {
	for _, h := range []struct {
		method string
		fails  []string
		bug    func(m *memory, hang func(ctx context.Context))
	}{
		{
			"Find", []string{"*/Find/Missing", "*/Concurrent/Linearizable", "Manager/FirstVisit", "Manager/DestroyDisconnected"},
			func(m *memory, hang func(ctx context.Context)) {
				find := m.find
				m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
					hang(ctx)
					return find(ctx, token)
				}
			},
		},
		{
			"Commit", []string{"*/Commit/New", "*/All/Many", "*/Peer/SeesCommit", "Manager/CommitDisconnected"},
			func(m *memory, hang func(ctx context.Context)) {
				commit := m.commit
				m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
					hang(ctx)
					return commit(ctx, token, b, expiry)
				}
			},
		},
		{
			"Delete", []string{"*/Delete/Missing", "*/Concurrent/DeleteCommit", "*/Fault/Kept", "Manager/Login"},
			func(m *memory, hang func(ctx context.Context)) {
				del := m.delete
				m.delete = func(ctx context.Context, token string) error {
					hang(ctx)
					return del(ctx, token)
				}
			},
		},
		{
			"All", []string{"*/All/Empty", "*/Peer/All", "Manager/Iterate"},
			func(m *memory, hang func(ctx context.Context)) {
				list := m.all
				m.all = func(ctx context.Context) (map[string][]byte, error) {
					hang(ctx)
					return list(ctx)
				}
			},
		},
	} {
		for _, mode := range modes {
			mu := mutant{name: mode.name + ": " + h.method + " hangs", sleptOnly: true}
			for _, pattern := range h.fails {
				if check, ok := strings.CutPrefix(pattern, "*/"); ok {
					mu.fails = append(mu.fails, mode.name+"/"+check)
				} else if mode.ctx { // as Manager calls the store
					mu.fails = append(mu.fails, pattern)
				}
			}
			mu.bug = func(m *memory) {
				h.bug(m, func(ctx context.Context) {
					if plain := ctx.Value(plainCall) != nil; plain != mode.ctx {
						hang()
					}
				})
			}
			all = append(all, mu)
		}
	}
	return all
}
