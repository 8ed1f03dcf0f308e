package goredisstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
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
	opts := options(server.URL())
	opts.MaxRetries = 1 // dials have retries of their own, and the server is down often
	newStore := func(tb testing.TB, prefix string) scs.Store {
		s := goredisstore.NewWithPrefix(open(tb, opts), prefix)
		prefixes.Store(s, prefix)
		return s
	}
	storetest.Run(t,
		func(tb testing.TB) scs.Store { return newStore(tb, fmt.Sprintf("test%d:", last.Add(1))) },
		storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store {
			prefix, _ := prefixes.Load(s)
			return newStore(tb, prefix.(string))
		}),
		storetest.Fault(func(tb testing.TB, _ scs.Store) (heal func()) {
			server.Stop(tb)
			return func() { server.Restart(tb) }
		}))
}
