package adaptertest

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Demotion checks a store whose primary becomes a replica and keeps its
// connections, while the name that it has been reached by leads to its
// successor: the store must not go on writing to a replica, in vain. open returns a
// store on the server at the one address.
func Demotion(t *testing.T, open func(tb testing.TB, addrs []string) Store) {
	old := redistest.Start(t, redistest.Options{Proxied: true})
	successor := redistest.Start(t, redistest.Options{})
	replicate := func(s, primary *redistest.Server) {
		host, port, _ := net.SplitHostPort(primary.Addr)
		s.Do(t, "REPLICAOF", host, port)
		waitInStep(t, primary, s)
	}
	replicate(successor, old)
	s := open(t, []string{old.ClientAddr()})
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
	replicate(old, successor)
	old.Proxy.Retarget(successor.Network, successor.Addr)
	atOnce(func(token string) {
		commit := func() error { return s.Commit(token, []byte("new"), time.Now().Add(time.Hour)) }
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			err := commit()
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Errorf("Commit, 10 s after the primary was demoted = %v", err)
				return
			}
		}
	})
	for i := range 16 {
		if got := successor.Do(t, "GET", prefix+fmt.Sprint("token", i)); got != "new" {
			t.Errorf("the successor has %q; want new", got)
		}
	}
}
