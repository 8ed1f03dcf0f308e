package adaptertest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testDemotion: a primary becomes a replica and keeps its connections, while the
// name that it has been reached by leads to its successor. The store must not go
// on writing to the replica, in vain.
func testDemotion(t *testing.T, p pair) {
	old := redistest.Start(t, redistest.Options{Proxied: true})
	successor := redistest.Start(t, redistest.Options{})
	replicate(t, old, successor)
	s := p.open(t, p.at(old.ClientAddr()))
	atOnce := func(use func(token string)) {
		var using sync.WaitGroup
		for i := range 16 { // makes the client open its connections
			using.Add(1)
			go func() {
				defer using.Done()
				use(fmt.Sprint("token", i))
			}()
		}
		using.Wait()
	}
	atOnce(func(token string) {
		if err := s.Commit(token, []byte("old"), time.Now().Add(time.Hour)); err != nil {
			t.Errorf("Commit = %v", err)
		}
	})
	waitInStep(t, old, successor)
	successor.Do(t, "REPLICAOF", "NO", "ONE")
	replicate(t, successor, old)
	old.Proxy.Retarget(successor.Network, successor.Addr)
	atOnce(func(token string) {
		redistest.WaitFor(t, "Commit after the primary was demoted", func() error {
			return s.Commit(token, []byte("new"), time.Now().Add(time.Hour))
		})
	})
	for i := range 16 {
		if got := successor.Do(t, "GET", prefix+fmt.Sprint("token", i)); got != "new" {
			t.Errorf("the successor has %q; want new", got)
		}
	}
}
