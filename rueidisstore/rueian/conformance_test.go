// Code generated from rueidisstore/conformance_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore/rueian"
	"github.com/scsredis/stores/storetest"
)

// TestConformance runs the suite with a second store as another process, and
// with a server that is killed and comes back with what it had acknowledged.
func TestConformance(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Durable: true})
	var (
		prefixes sync.Map // of the stores
		last     atomic.Int64
	)
	open := func(tb testing.TB, prefix string) scs.Store {
		s := rueidisstore.NewWithPrefix(newClient(tb, server.URL()), prefix)
		prefixes.Store(s, prefix)
		return s
	}
	storetest.Run(t,
		func(tb testing.TB) scs.Store { return open(tb, fmt.Sprintf("test%d:", last.Add(1))) },
		storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store {
			prefix, _ := prefixes.Load(s)
			return open(tb, prefix.(string))
		}),
		storetest.Fault(func(tb testing.TB, _ scs.Store) (heal func()) {
			server.Stop(tb)
			return func() { server.Restart(tb) }
		}))
}
