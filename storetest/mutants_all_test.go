package storetest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// onAll changes what All returns. The store's own lock is held.
func onAll(f func(m *memory, sessions map[string][]byte) map[string][]byte) func(m *memory) {
	return func(m *memory) {
		all := m.all
		m.all = func(ctx context.Context) (map[string][]byte, error) {
			sessions, err := all(ctx)
			m.mu.Lock()
			defer m.mu.Unlock()
			return f(m, sessions), err
		}
	}
}

// indexed is a store whose All goes by an index of its own; update changes that
// when a session is committed (s != nil) or deleted.
func indexed(update func(index map[string]session, m *memory, token string, s *session)) func(m *memory) {
	return func(m *memory) {
		index := make(map[string]session)
		commit, del := m.commit, m.delete
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			m.mu.Lock()
			update(index, m, token, &session{bytes.Clone(b), expiry})
			m.mu.Unlock()
			return commit(ctx, token, b, expiry)
		}
		m.delete = func(ctx context.Context, token string) error {
			m.mu.Lock()
			update(index, m, token, nil)
			m.mu.Unlock()
			return del(ctx, token)
		}
		m.all = func(context.Context) (map[string][]byte, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			sessions := make(map[string][]byte)
			for token, s := range index {
				if m.live(s) {
					sessions[token] = s.data
				}
			}
			return sessions, nil
		}
	}
}

var allMutants = []mutant{
	{
		name:  "all of no sessions is nil",
		fails: []string{"*/All/Empty", "*/All/TwoStores"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			if len(sessions) == 0 {
				return nil
			}
			return sessions
		}),
	},
	{
		name:  "all of no sessions is an error",
		fails: []string{"*/All/Empty", "*/All/TwoStores", "Manager/Iterate"},
		bug: func(m *memory) {
			all := m.all
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				if len(sessions) == 0 {
					err = errNoSession
				}
				return sessions, err
			}
		},
	},
	{
		name:  "all ends data at a NUL",
		fails: []string{"*/All/Exactly", "Manager/Iterate"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			for token, b := range sessions {
				sessions[token], _, _ = bytes.Cut(b, []byte{0})
			}
			return sessions
		}),
	},
	{
		name:  "all lists expired sessions",
		fails: []string{"*/All/LeavesOutExpired", "*/All/LeavesOutPastExpiry"},
		bug: onAll(func(m *memory, sessions map[string][]byte) map[string][]byte {
			for token, s := range m.items {
				sessions[token] = s.data
			}
			return sessions
		}),
	},
	{
		name:  "all goes by an index that a commit in the past does not change",
		fails: []string{"*/All/LeavesOutPastExpiry"},
		bug: indexed(func(index map[string]session, m *memory, token string, s *session) {
			if s == nil {
				delete(index, token)
			} else if m.live(*s) {
				index[token] = *s
			}
		}),
	},
	{
		name: "all goes by an index that a delete does not change",
		fails: []string{
			"*/All/LeavesOutDeleted", "*/Concurrent/AllDuringChanges", "Manager/Iterate",
		},
		bug: indexed(func(index map[string]session, _ *memory, token string, s *session) {
			if s != nil {
				index[token] = *s
			}
		}),
	},
	{
		name:  "all goes by an index that an overwrite does not change",
		fails: []string{"*/All/AfterOverwrite"},
		bug: indexed(func(index map[string]session, m *memory, token string, s *session) {
			if s == nil {
				delete(index, token)
			} else if _, ok := index[token]; !ok || !m.live(*s) {
				index[token] = *s
			}
		}),
	},
	{
		name:  "all returns a page of 100",
		fails: []string{"*/All/Many"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			for _, token := range slices.Sorted(maps.Keys(sessions))[min(len(sessions), 100):] {
				delete(sessions, token)
			}
			return sessions
		}),
	},
	{
		name: "all returns a page of 1000", sleptOnly: true, // so many are not there in time on any machine
		fails: []string{"*/All/Many"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			for _, token := range slices.Sorted(maps.Keys(sessions))[min(len(sessions), 1000):] {
				delete(sessions, token)
			}
			return sessions
		}),
	},
	{
		name:  "all takes what is behind the last colon for the token",
		fails: []string{"*/All/TokenBytes"},
		bug: onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			renamed := make(map[string][]byte)
			for token, b := range sessions {
				renamed[token[strings.LastIndex(token, ":")+1:]] = b
			}
			return renamed
		}),
	},
	allOfNextStore(),
}

// allOfNextStore is a mutant that needs to know its other stores.
func allOfNextStore() mutant {
	var mu sync.Mutex
	var previous *memory
	next := make(map[*memory]*memory) // the store that was made after this one
	return mutant{
		name:  "all lists the sessions of another store",
		fails: []string{"*/All/TwoStores"},
		bug: func(m *memory) {
			mu.Lock()
			next[previous], previous = m, m
			mu.Unlock()
			all := m.all
			m.all = func(ctx context.Context) (map[string][]byte, error) {
				sessions, err := all(ctx)
				mu.Lock()
				other := next[m]
				mu.Unlock()
				if other != nil {
					more, _ := other.All()
					maps.Copy(sessions, more)
				}
				return sessions, err
			}
		},
	}
}
