// Package scoreboard runs storetest over scs's own stores and writes docs/scoreboard.md.
//
//	make scoreboard
package scoreboard

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/storetest"
)

// A suite runs storetest over one kind of store.
type suite func(t *testing.T)

// suites are the stores of the page, in its order, and the modules that they use.
var suites = []struct {
	name, on string
	run      suite
}{
	{"memstore", "", runMemstore},
	{"boltstore", "go.etcd.io/bbolt", runBolt},
	{"badgerstore", "github.com/dgraph-io/badger", runBadger},
	{"redisstore", "github.com/gomodule/redigo", onRedis(openRedigo)},
	{"goredisstore", "github.com/redis/go-redis/v9", onRedis(openGoRedis)},
	{"sqlite3store", "github.com/glebarez/go-sqlite", sqlite(openSQLite, forSQLite, "CREATE INDEX %s.sessions_expiry_idx ON sessions (expiry)")},
	{"postgresstore", "github.com/lib/pq", postgres.suite(openPostgres, forPostgres, index)},
	{"pgxstore", "github.com/jackc/pgx/v5", postgres.suite(openPGX, forPostgres, index)},
	{"mysqlstore", "github.com/go-sql-driver/mysql", mariaDB.suite(openMySQL, forMySQL, index)},
	{"mysqlstore-other-table", "github.com/go-sql-driver/mysql", mariaDB.suite(openMySQL, fitsMySQL, index)},
	{"gormstore-PostgreSQL", "gorm.io/gorm", postgres.suite(gormPostgres)}, // gormstore creates its table
	{"gormstore-MariaDB", "gorm.io/gorm", mariaDB.suite(gormMySQL)},
	{"gormstore-SQLite", "gorm.io/gorm", sqlite(gormSQLite)},
	{"bunstore-PostgreSQL", "github.com/uptrace/bun", postgres.suite(bunPostgres, forPostgres, index)},
	{"bunstore-MariaDB", "github.com/uptrace/bun", mariaDB.suite(bunMySQL, forMySQL, index)},
	{"bunstore-SQLite", "github.com/uptrace/bun", sqlite(bunSQLite, forSQLite)},
}

// cleanup is the interval in which stores delete expired sessions. It is short, to show races.
const cleanup = 10 * time.Millisecond

// forScoreboard skips a test when TestScoreboard does not run it. Some stores fail and some
// crash the process.
func forScoreboard(t *testing.T) {
	t.Helper()
	if os.Getenv("SCOREBOARD") == "" {
		t.Skip("make scoreboard runs it")
	}
}

func TestStore(t *testing.T) {
	forScoreboard(t)
	for _, s := range suites {
		t.Run(s.name, s.run)
	}
}

// TestNames fails with the names of all checks: storetest lists them for an unknown name.
func TestNames(t *testing.T) {
	forScoreboard(t)
	storetest.Run(t, func(testing.TB) scs.Store { return nil }, storetest.Skip("no such check", "to see the list"))
}

// keyspaces makes the keyspaces of a suite: files, prefixes or schemas.
type keyspaces struct {
	fresh  func(tb testing.TB) string // creates an empty keyspace
	open   func(tb testing.TB, keyspace string) (s scs.Store, closeStore func())
	opened sync.Map // an opened, by store
}

type opened struct {
	keyspace string
	close    func()
}

func (k *keyspaces) at(tb testing.TB, keyspace string) scs.Store {
	s, closeStore := k.open(tb, keyspace)
	closeStore = sync.OnceFunc(closeStore)
	tb.Cleanup(closeStore)
	k.opened.Store(s, opened{keyspace, closeStore})
	return s
}

func (k *keyspaces) of(s scs.Store) opened {
	o, _ := k.opened.Load(s)
	return o.(opened)
}

func (k *keyspaces) peer(tb testing.TB, s scs.Store) scs.Store { return k.at(tb, k.of(s).keyspace) }

func (k *keyspaces) run(t *testing.T, opts ...storetest.Option) {
	reopen := func(tb testing.TB, s scs.Store) scs.Store {
		k.of(s).close()
		return k.peer(tb, s)
	}
	storetest.Run(t, func(tb testing.TB) scs.Store { return k.at(tb, k.fresh(tb)) },
		append(opts, storetest.Reopen(reopen))...)
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// unique returns a name that no other test uses.
func unique() string { return "k" + strconv.FormatUint(rand.Uint64(), 36) }
