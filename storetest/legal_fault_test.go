package storetest

import (
	"context"
	"errors"
	"sync"
	"time"
)

// legalFaults are stores that meet a fault in odd but legal ways.
var legalFaults = []mutant{
	{
		name: "writes that failed have their effect after the backend has healed",
		bug:  writesLate,
	},
	{
		name: "a write that failed has its effect before the backend breaks",
		bug: onWrites(func(m *memory, w *write, failed bool) {
			if w != nil && failed {
				w.apply(m)
			}
		}),
	},
	{
		name: "every call that succeeds after a fault fails once more",
		bug:  flaky(func(n int) bool { return n <= 20 }),
	},
	{
		name: "errors come with bytes, found and sessions",
		bug: onDown{
			find: func() ([]byte, bool, error) { return []byte("rest of a buffer"), true, errDown },
			all: func(m *memory) (map[string][]byte, error) {
				return map[string][]byte{"token": nil}, errDown
			},
		}.bug,
	},
	{
		name: "the backend is in the way of one caller at a time",
		bug: func(m *memory) {
			var mu sync.Mutex
			find := m.find
			m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
				mu.Lock()
				defer mu.Unlock()
				return find(ctx, token)
			}
		},
	},
}

// writesLate has writes that failed wait until the backend has healed.
func writesLate(m *memory) {
	var queue []write
	onWrites(func(m *memory, w *write, failed bool) {
		if w != nil && failed {
			queue = append(queue, *w)
		}
		if w == nil {
			for _, late := range queue {
				late.apply(m)
			}
			queue = nil
		}
	})(m)
}

// flaky makes calls fail after a fault as well: a pool of connections finds out one
// by one that they are gone.
func flaky(fails func(n int) bool) func(m *memory) {
	return func(m *memory) {
		var mu sync.Mutex
		n, down := 0, false
		after := func(err error) error {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				n, down = 0, true
				return err
			}
			if n++; down && fails(n) {
				return errors.New("legal: connection was closed")
			}
			return nil
		}
		find, commit, del := m.find, m.commit, m.delete
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
			b, found, err := find(ctx, token)
			return b, found, after(err)
		}
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			return after(commit(ctx, token, b, expiry))
		}
		m.delete = func(ctx context.Context, token string) error { return after(del(ctx, token)) }
	}
}
