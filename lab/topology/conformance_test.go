//go:build topologies

package topology_test

import (
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/topology"
	"github.com/scsredis/stores/storetest"
)

// TestConformance runs the suite on every pair, with a second store on a client
// of its own as another process, and with a network between the clients and all
// servers that breaks.
func TestConformance(t *testing.T) {
	for _, pair := range topology.Pairs {
		t.Run(pair.Name(), func(t *testing.T) {
			// Nothing is to be replaced: what a primary has acknowledged and its
			// replica has not is lost then, by design.
			servers := topology.Start(t, pair.Kind, redistest.Options{Proxied: true}, time.Hour)
			servers.Timeout = 5 * time.Second // no server hangs, but the machine may be busy
			newStore, peer := adaptertest.Prefixes(func(tb testing.TB, prefix string) scs.Store {
				return pair.Open(tb, servers, prefix)
			})
			storetest.Run(t, newStore, storetest.Peer(peer),
				storetest.Fault(func(testing.TB, scs.Store) (heal func()) { return servers.Refuse() }))
		})
	}
}
