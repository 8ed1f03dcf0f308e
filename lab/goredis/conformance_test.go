//go:build topologies

package goredis_test

import (
	"testing"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/storetest"
)

// TestConformance: none of these clients makes a difference.
func TestConformance(t *testing.T) {
	for _, setting := range settings {
		t.Run(setting.name, func(t *testing.T) {
			t.Parallel()
			open := setting.start(t)
			newStore, peer := adaptertest.Prefixes(func(tb testing.TB, prefix string) scs.Store {
				return goredisstore.NewWithPrefix(open(tb), prefix)
			})
			storetest.Run(t, newStore, storetest.Peer(peer))
		})
	}
}
