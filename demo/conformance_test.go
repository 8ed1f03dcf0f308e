package main

import (
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"
	"github.com/scsredis/stores/storetest"
)

// TestConformance runs storetest on miniredis, which the demo embeds and whose clock
// the suite can move.
func TestConformance(t *testing.T) {
	for name, open := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var servers sync.Map // scs.Store to *miniredis.Miniredis
			storetest.Run(t, func(tb testing.TB) scs.Store {
				server := miniredis.RunT(tb)
				s, closeClient, err := open(redisServer{addr: server.Addr()})
				if err != nil {
					tb.Fatal(err)
				}
				tb.Cleanup(closeClient)
				servers.Store(scs.Store(s), server)
				return s
			}, storetest.FinalDelete(), storetest.Advance(func(tb testing.TB, s scs.Store, d time.Duration) {
				server, _ := servers.Load(s)
				server.(*miniredis.Miniredis).FastForward(d)
			}))
		})
	}
}
