// Package sqlitestore is a small session store for scs on SQLite: the example of
// docs/writing-a-store.md.
package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Store is a session store in the table sessions of a database. It is safe for
// concurrent use, also by several processes.
type Store struct{ db *sql.DB }

// New returns a store, and makes its table if there is none.
func New(db *sql.DB) (*Store, error) {
	_, err := db.Exec(`CREATE TABLE IF NOT EXISTS sessions (
		token BLOB PRIMARY KEY, data BLOB NOT NULL, expiry INTEGER NOT NULL) WITHOUT ROWID`)
	return &Store{db}, err
}

// FindCtx returns the data of a session that has not expired.
func (s *Store) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	row := s.db.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token = ? AND expiry > ?`,
		[]byte(token), time.Now().UnixMilli())
	switch err := row.Scan(&b); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	return b, true, nil
}

// CommitCtx stores a session, also when the browser has gone away.
func (s *Store) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if b == nil {
		b = []byte{} // nil would be NULL
	}
	_, err := s.db.ExecContext(context.WithoutCancel(ctx), `INSERT INTO sessions VALUES (?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`,
		[]byte(token), b, expiry.UnixMilli())
	return err
}

// DeleteCtx removes a session, also when the browser has gone away.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(context.WithoutCancel(ctx), `DELETE FROM sessions WHERE token = ?`, []byte(token))
	return err
}

// AllCtx returns all sessions that have not expired.
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT token, data FROM sessions WHERE expiry > ?`, time.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sessions := make(map[string][]byte)
	for rows.Next() {
		var token, b []byte
		if err := rows.Scan(&token, &b); err != nil {
			return nil, err
		}
		sessions[string(token)] = b
	}
	return sessions, rows.Err()
}

// The methods without a context.

func (s *Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *Store) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func (s *Store) All() (map[string][]byte, error) { return s.AllCtx(context.Background()) }
