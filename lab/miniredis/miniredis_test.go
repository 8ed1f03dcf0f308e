// Package miniredis_test runs the conformance suite on miniredis, whose clock
// the suite can move.
package miniredis_test

import (
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"

	"github.com/scsredis/stores/lab/adapters"
	"github.com/scsredis/stores/rueidisstore"
	rueianstore "github.com/scsredis/stores/rueidisstore/rueian"
	"github.com/scsredis/stores/storetest"
)

// cached are stores that would cache if their clients did.
var cached = []adapters.Adapter{
	{Name: "rueidis with Cache", Open: func(tb testing.TB, addr, prefix string) adapters.Store {
		return rueidisstore.NewWithOptions(adapters.Rueidis(tb, addr), rueidisstore.Options{Prefix: prefix, Cache: time.Minute})
	}},
	{Name: "rueian with Cache", Open: func(tb testing.TB, addr, prefix string) adapters.Store {
		return rueianstore.NewWithOptions(adapters.Rueian(tb, addr), rueianstore.Options{Prefix: prefix, Cache: time.Minute})
	}},
}

func TestConformance(t *testing.T) {
	for _, adapter := range append(cached, adapters.All...) {
		t.Run(adapter.Name, func(t *testing.T) {
			t.Parallel()
			var servers sync.Map // scs.Store to *miniredis.Miniredis
			storetest.Run(t, func(tb testing.TB) scs.Store {
				server := miniredis.RunT(tb)
				s := adapter.Open(tb, server.Addr(), "scs:session:")
				servers.Store(scs.Store(s), server)
				return s
			}, storetest.Advance(func(tb testing.TB, s scs.Store, d time.Duration) {
				server, _ := servers.Load(s)
				server.(*miniredis.Miniredis).FastForward(d)
			}))
		})
	}
}
