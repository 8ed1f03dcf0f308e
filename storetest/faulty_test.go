package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"
)

// onDown changes what the methods return while the backend is broken; nil means as
// it was.
type onDown struct {
	find   func() ([]byte, bool, error)
	commit func() error
	delete func() error
	all    func(m *memory) (map[string][]byte, error)
}

func (d onDown) bug(m *memory) {
	find, commit, del, all := m.find, m.commit, m.delete, m.all
	m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
		b, found, err := find(ctx, token)
		if errors.Is(err, errDown) && d.find != nil {
			return d.find()
		}
		return b, found, err
	}
	m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
		err := commit(ctx, token, b, expiry)
		if errors.Is(err, errDown) && d.commit != nil {
			return d.commit()
		}
		return err
	}
	m.delete = func(ctx context.Context, token string) error {
		err := del(ctx, token)
		if errors.Is(err, errDown) && d.delete != nil {
			return d.delete()
		}
		return err
	}
	m.all = func(ctx context.Context) (map[string][]byte, error) {
		sessions, err := all(ctx)
		if errors.Is(err, errDown) && d.all != nil {
			return d.all(m)
		}
		return sessions, err
	}
}

// A write is a commit, or a delete if its expiry is the zero time.
type write struct {
	token  string
	data   []byte
	expiry time.Time
}

func (w write) apply(m *memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w.expiry.IsZero() {
		delete(m.items, w.token)
	} else {
		m.items[w.token] = session{w.data, w.expiry}
	}
}

// onWrites tells f of every write and its error, and of the first call that
// succeeds after one that did not: then failed is false and w is nil.
func onWrites(f func(m *memory, w *write, failed bool)) func(m *memory) {
	return func(m *memory) {
		var mu sync.Mutex
		down := false
		note := func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if down && err == nil {
				f(m, nil, false)
			}
			down = err != nil
		}
		find, commit, del := m.find, m.commit, m.delete
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
			if !m.broken() {
				note(nil)
			}
			b, found, err := find(ctx, token)
			note(err)
			return b, found, err
		}
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			if !m.broken() {
				note(nil)
			}
			err := commit(ctx, token, b, expiry)
			mu.Lock()
			f(m, &write{token, bytes.Clone(b), expiry}, err != nil)
			mu.Unlock()
			note(err)
			return err
		}
		m.delete = func(ctx context.Context, token string) error {
			if !m.broken() {
				note(nil)
			}
			err := del(ctx, token)
			mu.Lock()
			f(m, &write{token: token}, err != nil)
			mu.Unlock()
			note(err)
			return err
		}
	}
}
