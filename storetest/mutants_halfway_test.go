package storetest

import (
	"bytes"
	"context"
	"time"
)

// halfwayMutants go wrong when something happens in the middle of a call.
var halfwayMutants = []mutant{
	{
		name:  "a commit writes the data, then the expiry",
		fails: []string{"*/Concurrent/ExpiryOfLast", "Ctx/Commit/CancelledDuring", "*/Fault/Expiry"},
		bug: func(m *memory) {
			g := newMeeting()
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				put := func(change func(s *session)) error {
					m.mu.Lock()
					defer m.mu.Unlock()
					if m.down != nil {
						return m.down
					}
					s := m.items[token]
					change(&s)
					m.items[token] = s
					return nil
				}
				err := put(func(s *session) { *s = session{bytes.Clone(b), m.now().AddDate(50, 0, 0)} })
				if err != nil {
					return err
				}
				g.meet(token, "")
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return put(func(s *session) { s.expiry = expiry })
			}
		},
	},
	{
		name:  "find deletes the session that it has found expired, a moment later",
		fails: []string{"*/Concurrent/FindExpired"},
		bug: func(m *memory) {
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				m.mu.Lock()
				s, ok := m.items[token]
				expired := ok && !m.live(s)
				m.mu.Unlock()
				if expired {
					time.Sleep(moment)
					return nil, false, m.delete(ctx, token)
				}
				return find(ctx, token)
			}
		},
	},
	{
		name:  "all is a part when its context ends meanwhile",
		fails: []string{"Ctx/All/CancelledDuring"},
		bug: func(m *memory) {
			all := m.all
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				if leaves(ctx) {
					dropOne(sessions)
				}
				return sessions, err
			}
		},
	},
	{
		name:  "all is a part when the backend breaks meanwhile",
		fails: []string{"*/Fault/AllDuring"},
		bug: func(m *memory) {
			all := m.all
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				for range 20 {
					if err != nil {
						break
					}
					if m.broken() {
						dropOne(sessions)
						break
					}
					time.Sleep(time.Millisecond)
				}
				return sessions, err
			}
		},
	},
}

func dropOne(sessions map[string][]byte) {
	for token := range sessions {
		delete(sessions, token)
		return
	}
}
