package sqlitestore

import (
	"database/sql"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// naive is the first store of docs/writing-a-store.md. storetest finds its mistakes.
type naive struct{ db *sql.DB }

func newNaive(db *sql.DB) (*naive, error) {
	_, err := db.Exec(`CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry INTEGER NOT NULL)`)
	return &naive{db}, err
}

func (s *naive) Find(token string) (b []byte, found bool, err error) {
	err = s.db.QueryRow(`SELECT data FROM sessions WHERE token = ?`, token).Scan(&b)
	return b, err == nil, err
}

func (s *naive) Commit(token string, b []byte, expiry time.Time) error {
	_, err := s.db.Exec(`INSERT INTO sessions VALUES (?, ?, ?)`, token, b, expiry.Unix())
	return err
}

func (s *naive) Delete(token string) error {
	_, err := s.db.Exec(`DELETE FROM sessions WHERE token = ?`, token)
	return err
}

// cached is a cache in front of a store. It is correct only if there is one process.
type cached struct {
	scs.Store
	mu       sync.Mutex
	sessions map[string]session
}

type session struct {
	data   []byte
	expiry time.Time
}

func newCached(s scs.Store) *cached {
	return &cached{Store: s, sessions: make(map[string]session)}
}

func (c *cached) Find(token string) ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.sessions[token]; ok && time.Now().Before(s.expiry) {
		return s.data, true, nil
	}
	return c.Store.Find(token)
}

func (c *cached) Commit(token string, b []byte, expiry time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, token)
	err := c.Store.Commit(token, b, expiry)
	if err == nil {
		c.sessions[token] = session{append([]byte{}, b...), expiry}
	}
	return err
}

func (c *cached) Delete(token string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, token)
	return c.Store.Delete(token)
}
