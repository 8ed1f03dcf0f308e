// Package stores runs storetest over the stores of the scoreboard. Some of them
// fail and some end the process, so only lab/scoreboard runs these tests.
package stores

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/storetest"
)

// A suite is how storetest is run over one kind of store.
type suite func(t *testing.T)

var suites = map[string]suite{}

// forScoreboard skips a test when lab/scoreboard does not run it.
func forScoreboard(t *testing.T) {
	t.Helper()
	if os.Getenv("SCOREBOARD") == "" {
		t.Skip("make scoreboard runs it")
	}
}

func TestStore(t *testing.T) {
	forScoreboard(t)
	for name, run := range suites {
		t.Run(name, run)
	}
}

// TestNames fails with the names of all checks, as storetest lists them for a
// name that is none.
func TestNames(t *testing.T) {
	forScoreboard(t)
	storetest.Run(t, func(testing.TB) scs.Store { return nil }, storetest.Skip("no such check", "to see the list"))
}

// opened remembers the keyspace of each store, for Peer.
type opened struct{ of sync.Map }

func (o *opened) add(s scs.Store, keyspace string) scs.Store {
	o.of.Store(s, keyspace)
	return s
}

func (o *opened) keyspace(s scs.Store) string {
	keyspace, _ := o.of.Load(s)
	return keyspace.(string)
}

var last atomic.Int64

func newPrefix() string { return fmt.Sprintf("test%d:", last.Add(1)) }
