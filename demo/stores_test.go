package main

import (
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/storetest"
)

// TestTimePasses: a session ends on the embedded server, although nobody moves its clock.
func TestTimePasses(t *testing.T) {
	store := open(t, "goredis", nil)
	if err := store.CommitCtx(t.Context(), "token", []byte("data"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	redistest.Poll(t, "the session's end", func() bool {
		_, found, err := store.FindCtx(t.Context(), "token")
		return !found && err == nil
	})
}

// TestConformance runs storetest on miniredis, which the demo embeds and whose clock
// the suite can move.
func TestConformance(t *testing.T) {
	for name, open := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var servers sync.Map // scs.Store to *miniredis.Miniredis
			storetest.Run(t, func(tb testing.TB) scs.Store {
				server := miniredis.RunT(tb)
				s, closeClient, err := open(&goredis.Options{Addr: server.Addr()})
				if err != nil {
					tb.Fatal(err)
				}
				tb.Cleanup(closeClient)
				servers.Store(scs.Store(s), server)
				return s
			}, storetest.Skip("Plain", "the demo does not call these methods"), storetest.FinalDelete(), storetest.Advance(func(tb testing.TB, s scs.Store, d time.Duration) {
				server, _ := servers.Load(s)
				server.(*miniredis.Miniredis).FastForward(d)
			}))
		})
	}
}
