package scoreboard

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/badgerstore"
	"github.com/alexedwards/scs/boltstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/dgraph-io/badger"
	"go.etcd.io/bbolt"

	"github.com/scsredis/stores/storetest"
)

func runMemstore(t *testing.T) {
	storetest.Run(t, func(tb testing.TB) scs.Store {
		s := memstore.NewWithCleanupInterval(cleanup)
		tb.Cleanup(s.StopCleanup)
		return s
	})
}

func runBolt(t *testing.T) {
	k := keyspaces{fresh: newFile, open: func(tb testing.TB, file string) (scs.Store, func()) {
		db, err := bbolt.Open(file, 0o600, &bbolt.Options{NoSync: true})
		check(tb, err)
		s := boltstore.NewWithCleanupInterval(db, cleanup)
		return s, func() {
			s.StopCleanup()
			db.Close()
		}
	}}
	k.run(t)
}

func runBadger(t *testing.T) {
	k := keyspaces{fresh: newFile, open: func(tb testing.TB, file string) (scs.Store, func()) {
		db := openBadger(tb, file)
		return badgerstore.New(db), func() { db.Close() }
	}}
	shared := sync.OnceValue(func() *badger.DB {
		db := openBadger(t, newFile(t))
		t.Cleanup(func() { db.Close() })
		return db
	})
	k.run(t, storetest.Resolution(time.Second), storetest.Prefix(func(_ testing.TB, prefix string) scs.Store {
		return badgerstore.NewWithPrefix(shared(), prefix)
	}))
}

func newFile(tb testing.TB) string { return filepath.Join(tb.TempDir(), "db") }

func openBadger(tb testing.TB, file string) *badger.DB {
	db, err := badger.Open(badger.DefaultOptions(file).WithSyncWrites(false).WithLogger(nil))
	check(tb, err)
	return db
}
