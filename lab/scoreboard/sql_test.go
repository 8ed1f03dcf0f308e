package scoreboard

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/alexedwards/scs/mysqlstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/postgresstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/lib/pq"

	"github.com/scsredis/stores/storetest"
)

// The tables are those of the stores' READMEs, except fitsMySQL, whose columns suit sessions.
const (
	forPostgres = "CREATE TABLE %s.sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)"
	forSQLite   = "CREATE TABLE %s.sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL)"
	forMySQL    = "CREATE TABLE %s.sessions (token CHAR(43) PRIMARY KEY, data BLOB NOT NULL, expiry TIMESTAMP(6) NOT NULL)"
	fitsMySQL   = "CREATE TABLE %s.sessions (token VARBINARY(255) PRIMARY KEY, data LONGBLOB NOT NULL, expiry DATETIME(6) NOT NULL)"
	index       = "CREATE INDEX sessions_expiry_idx ON %s.sessions (expiry)"
)

var (
	openPostgres = inDB("postgres", func(db *sql.DB) (scs.Store, error) {
		return postgresstore.NewWithCleanupInterval(db, cleanup), nil
	})
	openMySQL = inDB("mysql", func(db *sql.DB) (scs.Store, error) {
		return mysqlstore.NewWithCleanupInterval(db, cleanup), nil
	})
	openSQLite = inDB("sqlite", func(db *sql.DB) (scs.Store, error) {
		return sqlite3store.NewWithCleanupInterval(db, cleanup), nil
	})
)

func openPGX(tb testing.TB, dsn string) (scs.Store, func()) {
	pool, err := pgxpool.New(context.Background(), dsn)
	check(tb, err)
	s := pgxstore.NewWithCleanupInterval(pool, cleanup)
	return s, func() { s.StopCleanup(); pool.Close() }
}

// An opener opens a store on the database that the data source name dsn selects.
type opener func(tb testing.TB, dsn string) (s scs.Store, closeStore func())

func inDB(driver string, newStore func(*sql.DB) (scs.Store, error)) opener {
	return func(tb testing.TB, dsn string) (scs.Store, func()) {
		db := openDB(tb, driver, dsn)
		s, err := newStore(db)
		check(tb, err)
		return s, func() {
			s.(interface{ StopCleanup() }).StopCleanup()
			db.Close()
		}
	}
}

func openDB(tb testing.TB, driver, dsn string) *sql.DB {
	db, err := sql.Open(driver, dsn)
	check(tb, err)
	db.SetMaxOpenConns(10) // all test processes share a server's connections
	db.SetMaxIdleConns(10)
	tb.Cleanup(func() { db.Close() })
	return db
}

func execute(tb testing.TB, db *sql.DB, keyspace string, statements ...string) {
	tb.Helper()
	for _, s := range statements {
		_, err := db.Exec(strings.ReplaceAll(s, "%s", keyspace))
		check(tb, err)
	}
}

// sqlite returns a suite whose Peer opens the file a second time, and whose Fault locks
// the file.
func sqlite(open opener, create ...string) suite {
	// A call waits for another's lock, but not for the disk.
	dsn := func(file string) string {
		return "file:" + file + "?_pragma=busy_timeout(2000)&_pragma=synchronous(off)"
	}
	return func(t *testing.T) {
		k := keyspaces{
			fresh: func(tb testing.TB) string {
				file := newFile(tb)
				execute(tb, openDB(tb, "sqlite", dsn(file)), "main", create...)
				return file
			},
			open: func(tb testing.TB, file string) (scs.Store, func()) { return open(tb, dsn(file)) },
		}
		k.run(t, storetest.Peer(k.peer), storetest.Fault(func(tb testing.TB, s scs.Store) (heal func()) {
			db := openDB(tb, "sqlite", dsn(k.of(s).keyspace))
			db.SetMaxOpenConns(1)
			execute(tb, db, "", "BEGIN EXCLUSIVE")
			return func() { execute(tb, db, "", "ROLLBACK") }
		}))
	}
}
