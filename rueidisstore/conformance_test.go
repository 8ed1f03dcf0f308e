package rueidisstore_test

import (
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
	"github.com/scsredis/stores/storetest"
)

// TestConformance runs the suite with a second store as another process, and
// with a server that is killed and comes back with what it had acknowledged.
func TestConformance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Durable: true})
	newStore, peer := adaptertest.Prefixes(func(tb testing.TB, prefix string) scs.Store {
		return rueidisstore.NewWithPrefix(newClient(tb, server.Endpoint()), prefix)
	})
	storetest.Run(t, newStore, storetest.Peer(peer),
		storetest.Fault(func(tb testing.TB, _ scs.Store) (heal func()) {
			server.Stop(tb)
			return func() { server.Restart(tb) }
		}))
}
