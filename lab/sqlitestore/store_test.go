package sqlitestore

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
	_ "modernc.org/sqlite"

	"github.com/scsredis/stores/storetest"
)

// open opens a file so that a call waits a second for the lock of another.
func open(tb testing.TB, file string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(1000)&_pragma=synchronous(off)")
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1) // SQLite has one writer at a time: wait here for it
	tb.Cleanup(func() { db.Close() })
	return db
}

func TestStore(t *testing.T) {
	var files sync.Map // by store
	newStore := func(tb testing.TB, file string) scs.Store {
		s, err := New(open(tb, file))
		if err != nil {
			tb.Fatal(err)
		}
		files.Store(scs.Store(s), file)
		return s
	}
	storetest.Run(t,
		func(tb testing.TB) scs.Store { return newStore(tb, filepath.Join(tb.TempDir(), "sessions.db")) },
		storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store {
			file, _ := files.Load(s)
			return newStore(tb, file.(string))
		}),
		storetest.Fault(func(tb testing.TB, s scs.Store) (heal func()) {
			file, _ := files.Load(s)
			return lock(tb, file.(string))
		}))
}

// lock is another process that holds the file and does not let go.
func lock(tb testing.TB, file string) (unlock func()) {
	ctx := context.Background()
	conn, err := open(tb, file).Conn(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		tb.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			tb.Error(err)
		}
		conn.Close()
	}
}

// TestNaive fails on purpose, in a process that a test or a reader starts:
//
//	NAIVE=1 go test -run TestNaive ./lab/sqlitestore
func TestNaive(t *testing.T) {
	if os.Getenv("NAIVE") == "" {
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
