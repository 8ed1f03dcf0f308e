package storetest

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// cached puts a cache into every process, in front of the backend that they share.
// It follows what its own process does. The function decides about what Find has
// found in the backend; own has what this process has committed.
func cached(keep func(m *memory, own map[string]session, token string, b []byte, found bool) (session, bool)) func(m *memory) {
	return func(m *memory) {
		var mu sync.Mutex
		cache, own := make(map[string]session), make(map[string]session)
		absent := session{} // its expiry is the zero time
		find, commit, del := m.find, m.commit, m.delete
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
			mu.Lock()
			defer mu.Unlock()
			if s, ok := cache[token]; ok {
				m.mu.Lock()
				live := m.live(s)
				m.mu.Unlock()
				if live {
					return bytes.Clone(s.data), true, nil
				}
				if s.expiry.Equal(absent.expiry) {
					return nil, false, nil
				}
				delete(cache, token)
			}
			b, found, err := find(ctx, token)
			if err == nil {
				if s, ok := keep(m, own, token, b, found); ok {
					cache[token] = s
				}
			}
			return b, found, err
		}
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			mu.Lock()
			defer mu.Unlock()
			delete(cache, token)
			own[token] = session{bytes.Clone(b), expiry}
			return commit(ctx, token, b, expiry)
		}
		m.delete = func(ctx context.Context, token string) error {
			mu.Lock()
			defer mu.Unlock()
			delete(cache, token)
			delete(own, token)
			return del(ctx, token)
		}
	}
}

var peerMutants = []mutant{
	{
		name:  "a cache in every process keeps what was found",
		fails: []string{"*/Peer/ExpiryChanged", "*/Peer/Linearizable", "*/Peer/SeesDelete", "*/Peer/SeesOverwrite"},
		bug: cached(func(m *memory, _ map[string]session, token string, b []byte, found bool) (session, bool) {
			s, ok := m.get(token)
			return s, found && ok
		}),
	},
	{
		name:  "a cache in every process keeps what was not found",
		fails: []string{"*/Peer/Linearizable", "*/Peer/SeesCommit"},
		bug: cached(func(_ *memory, _ map[string]session, _ string, _ []byte, found bool) (session, bool) {
			return session{}, !found
		}),
	},
	{
		name:  "a cache in every process does not know when others' sessions expire",
		fails: []string{"*/Peer/Expired"},
		bug: func(m *memory) {
			// The backend keeps what has expired, as a table that is swept now and then.
			var mu sync.Mutex
			own, seen := make(map[string]bool), make(map[string]bool)
			find, commit := m.find, m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				mu.Lock()
				own[token] = true
				mu.Unlock()
				return commit(ctx, token, b, expiry)
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				b, found, err := find(ctx, token)
				mu.Lock()
				defer mu.Unlock()
				seen[token] = seen[token] || found
				if s, ok := m.get(token); ok && !found && seen[token] && !own[token] {
					return s.data, true, nil
				}
				return b, found, err
			}
		},
	},
	{
		name:  "a delete does not reach the other process",
		fails: []string{"*/Peer/All", "*/Peer/Linearizable", "*/Peer/SeesDelete"},
		bug: func(m *memory) {
			var mu sync.Mutex
			gone := make(map[string]session) // which of its sessions were deleted here
			find, commit, all := m.find, m.commit, m.all
			hidden := func(token string) bool { // mu is held
				s, ok := gone[token]
				now, exists := m.get(token)
				return ok && exists && bytes.Equal(s.data, now.data)
			}
			m.delete = func(_ context.Context, token string) error {
				mu.Lock()
				defer mu.Unlock()
				if s, ok := m.get(token); ok {
					gone[token] = s
				}
				return nil
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				mu.Lock()
				defer mu.Unlock()
				delete(gone, token)
				return commit(ctx, token, b, expiry)
			}
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				mu.Lock()
				defer mu.Unlock()
				b, found, err := find(ctx, token)
				if found && hidden(token) {
					return nil, false, nil
				}
				return b, found, err
			}
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				mu.Lock()
				defer mu.Unlock()
				sessions, err := all(ctx)
				for token := range sessions {
					if hidden(token) {
						delete(sessions, token)
					}
				}
				return sessions, err
			}
		},
	},
	{
		name:  "all lists what its own process has committed",
		fails: []string{"*/Peer/All"},
		bug: func(m *memory) {
			var mu sync.Mutex
			own := make(map[string]bool)
			commit, all := m.commit, m.all
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				mu.Lock()
				defer mu.Unlock()
				own[token] = true
				return commit(ctx, token, b, expiry)
			}
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				mu.Lock()
				defer mu.Unlock()
				for token := range sessions {
					if !own[token] {
						delete(sessions, token)
					}
				}
				return sessions, err
			}
		},
	},
	cacheRace(),
}

// cacheRace is a mutant whose caches are told of each other's changes, and lose to
// a Find that read before one and fills its cache after it.
func cacheRace() mutant {
	type caches struct {
		g   *meeting
		all []map[string][]byte // of every process; g.mu is held
	}
	var mu sync.Mutex
	of := make(map[*backend]*caches)
	return mutant{
		name:      "find fills its cache after the other process has emptied it",
		sleptOnly: true,
		fails:     []string{"*/Peer/Linearizable"},
		bug: func(m *memory) {
			mu.Lock()
			cs := of[m.backend]
			if cs == nil {
				cs = &caches{g: newMeeting()}
				of[m.backend] = cs
			}
			mu.Unlock()
			number, cache := len(cs.all), make(map[string][]byte)
			cs.all = append(cs.all, cache)
			empty := func(token string) {
				cs.g.mu.Lock()
				defer cs.g.mu.Unlock()
				for _, c := range cs.all {
					delete(c, token)
				}
			}
			process := string(rune('A' + number))
			find, commit, del := m.find, m.commit, m.delete
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				cs.g.mu.Lock()
				b, ok := cache[token]
				cs.g.mu.Unlock()
				if ok {
					return b, true, nil
				}
				b, found, err := find(ctx, token)
				if !found {
					return b, found, err
				}
				if met, _ := cs.g.meet(token, process); met {
					cs.g.mu.Lock()
					cache[token] = b
					cs.g.mu.Unlock()
				}
				return b, found, err
			}
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				err := commit(ctx, token, b, expiry)
				empty(token)
				cs.g.mu.Lock()
				w := cs.g.waiting[token]
				cs.g.mu.Unlock()
				if w != nil && w.kind != process {
					cs.g.meet(token, process)
				}
				return err
			}
			m.delete = func(ctx context.Context, token string) error {
				err := del(ctx, token)
				empty(token)
				return err
			}
		},
	}
}
