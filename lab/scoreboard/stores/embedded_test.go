package stores

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/alexedwards/scs/badgerstore"
	"github.com/alexedwards/scs/boltstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/dgraph-io/badger"
	"go.etcd.io/bbolt"
	_ "modernc.org/sqlite"

	"github.com/scsredis/stores/storetest"
)

func init() {
	suites["memstore"] = func(t *testing.T) {
		storetest.Run(t, func(testing.TB) scs.Store { return memstore.NewWithCleanupInterval(0) })
	}
	suites["boltstore"] = func(t *testing.T) {
		storetest.Run(t, func(tb testing.TB) scs.Store {
			db, err := bbolt.Open(filepath.Join(tb.TempDir(), "db"), 0o600, &bbolt.Options{NoSync: true})
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() { db.Close() })
			return boltstore.NewWithCleanupInterval(db, 0)
		})
	}
	suites["badgerstore"] = func(t *testing.T) {
		storetest.Run(t, func(tb testing.TB) scs.Store {
			db, err := badger.Open(badger.DefaultOptions(tb.TempDir()).WithSyncWrites(false).WithLogger(nil))
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() { db.Close() })
			return badgerstore.New(db)
		})
	}
	suites["sqlite3store"] = sqlite3
}

// sqlite3 has the second process on the same file, and another one that holds its
// lock as the fault.
func sqlite3(t *testing.T) {
	var files opened
	open := func(tb testing.TB, file string) scs.Store {
		return files.add(sqlite3store.NewWithCleanupInterval(openSQLite(tb, file), 0), file)
	}
	storetest.Run(t,
		func(tb testing.TB) scs.Store {
			file := filepath.Join(tb.TempDir(), "db")
			// As the store's README has it.
			_, err := openSQLite(tb, file).Exec(`
				CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
				CREATE INDEX sessions_expiry_idx ON sessions(expiry);`)
			if err != nil {
				tb.Fatal(err)
			}
			return open(tb, file)
		},
		storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store { return open(tb, files.keyspace(s)) }),
		storetest.Fault(func(tb testing.TB, s scs.Store) (heal func()) {
			conn, err := openSQLite(tb, files.keyspace(s)).Conn(context.Background())
			if err == nil {
				_, err = conn.ExecContext(context.Background(), "BEGIN EXCLUSIVE")
			}
			if err != nil {
				tb.Fatal(err)
			}
			return func() {
				if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
					tb.Error(err)
				}
				conn.Close()
			}
		}))
}

// openSQLite opens a file so that a call waits for another's lock, and does not
// wait for the disk.
func openSQLite(tb testing.TB, file string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(2000)&_pragma=synchronous(off)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}
