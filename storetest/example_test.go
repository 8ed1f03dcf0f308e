package storetest_test

import (
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/scsredis/stores/storetest"
)

// In a real test, t is the argument of the test function.
var t *testing.T

func ExampleRun() {
	// func TestStore(t *testing.T) {
	storetest.Run(t, func(tb testing.TB) scs.Store {
		return memstore.NewWithCleanupInterval(0)
	})
	// }
}

func ExampleSkip() {
	storetest.Run(t, func(tb testing.TB) scs.Store {
		return memstore.NewWithCleanupInterval(0)
	}, storetest.Skip("Plain/Commit/Year9999", "the column ends in 2106"))
}

// store stands for a store that has a clock and opens a file.
type store struct {
	scs.Store
	path string
}

func open(path, prefix string) *store { return &store{memstore.NewWithCleanupInterval(0), path} }

func (s *store) Close()                  {}
func (s *store) MoveClock(time.Duration) {}

func newStore(tb testing.TB) scs.Store { return open(tb.TempDir(), "") }

func ExampleAdvance() {
	storetest.Run(t, newStore, storetest.Advance(func(tb testing.TB, s scs.Store, d time.Duration) {
		s.(*store).MoveClock(d)
	}))
}

func ExamplePrefix() {
	path := t.TempDir()
	storetest.Run(t, newStore, storetest.Prefix(func(tb testing.TB, prefix string) scs.Store {
		return open(path, prefix)
	}))
}

func ExampleReopen() {
	storetest.Run(t, newStore, storetest.Reopen(func(tb testing.TB, s scs.Store) scs.Store {
		s.(*store).Close()
		return open(s.(*store).path, "")
	}))
}

// server stands for a database that a test has started.
type server struct{ sessions *memstore.MemStore }

func (s server) Dial() scs.Store { return s.sessions }
func (s server) Pause()          {}
func (s server) Resume()         {}

func ExamplePeer() {
	newStore := func(tb testing.TB) scs.Store { return server{memstore.NewWithCleanupInterval(0)}.Dial() }
	storetest.Run(t, newStore, storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store {
		return server{s.(*memstore.MemStore)}.Dial()
	}))
}

func ExampleFault() {
	db := server{memstore.NewWithCleanupInterval(0)}
	newStore := func(tb testing.TB) scs.Store { return db.Dial() }
	storetest.Run(t, newStore, storetest.Fault(func(tb testing.TB, s scs.Store) (heal func()) {
		db.Pause()
		return db.Resume
	}))
}

// In a real benchmark, b is the argument of the function.
var b *testing.B

func ExampleBench() {
	// func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(tb testing.TB) scs.Store {
		return memstore.NewWithCleanupInterval(0)
	})
	// }
}

// TestMemstore and TestPeer run the examples whose store is memstore.
func TestMemstore(test *testing.T) {
	t = test
	ExampleRun()
}

func TestPeer(test *testing.T) {
	if testing.Short() {
		test.Skip("the checks sleep until sessions expire")
	}
	t = test
	ExamplePeer()
}
