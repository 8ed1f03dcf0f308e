package sqlitestore

import (
	"database/sql"
	"time"
)

// naive is a first try, with the mistakes that storetest finds in
// docs/writing-a-store.md.
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
