package sqlitestore

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
	_ "modernc.org/sqlite"

	"github.com/scsredis/stores/storetest"
)

// open opens a database file. Its calls wait up to a second for another's lock.
func open(tb testing.TB, file string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(1000)&_pragma=synchronous(off)")
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1) // SQLite has one writer at a time: wait in the pool, not in SQLite
	tb.Cleanup(func() { db.Close() })
	return db
}

func newStore(tb testing.TB, file string) *Store {
	s, err := New(open(tb, file))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// files maps each store to its file.
type files struct{ m sync.Map }

func (f *files) add(s scs.Store, file string) scs.Store {
	f.m.Store(s, file)
	return s
}

func (f *files) of(s scs.Store) string {
	file, _ := f.m.Load(s)
	return file.(string)
}

func TestSQLite(t *testing.T) {
	if testing.Short() {
		t.Skip("SQLite in Go is slow under the race detector")
	}
	var files files
	storetest.Run(t,
		func(tb testing.TB) scs.Store {
			file := filepath.Join(tb.TempDir(), "sessions.db")
			return files.add(newStore(tb, file), file)
		},
		storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store {
			return newStore(tb, files.of(s))
		}),
		storetest.Fault(func(tb testing.TB, s scs.Store) (heal func()) {
			return lock(tb, files.of(s))
		}))
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(tb testing.TB) scs.Store {
		return newStore(tb, filepath.Join(tb.TempDir(), "sessions.db"))
	})
}

// lock locks the file, as another process would, until unlock is called.
func lock(tb testing.TB, file string) (unlock func()) {
	db := open(tb, file) // it has one connection
	execute := func(statement string) {
		if _, err := db.Exec(statement); err != nil {
			tb.Error(err)
		}
	}
	execute("BEGIN EXCLUSIVE")
	return func() { execute("ROLLBACK") }
}

// TestNaive and TestCached fail on purpose, in a process that TestDoc or a reader
// starts:
//
//	WRONG=1 go test -run 'TestNaive|TestCached' ./lab/sqlitestore
func TestNaive(t *testing.T) {
	if os.Getenv("WRONG") == "" {
		return
	}
	storetest.Run(t, func(tb testing.TB) scs.Store {
		s, err := newNaive(open(tb, filepath.Join(tb.TempDir(), "sessions.db")))
		if err != nil {
			tb.Fatal(err)
		}
		return s
	})
}

func TestCached(t *testing.T) {
	if os.Getenv("WRONG") == "" {
		return
	}
	var files files
	storetest.Run(t,
		func(tb testing.TB) scs.Store {
			file := filepath.Join(tb.TempDir(), "sessions.db")
			return files.add(newCached(newStore(tb, file)), file)
		},
		storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store {
			return newCached(newStore(tb, files.of(s)))
		}))
}
