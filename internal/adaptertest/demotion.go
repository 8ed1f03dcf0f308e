package adaptertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testDemotion: a primary becomes a replica and keeps its connections, while its name
// leads to its successor. The store must not go on writing to the replica, which refuses
// that. A store with Tombstone writes with scripts.
func testDemotion(t *testing.T, p pair) {
	for _, p.options = range []setting{plain, tombstone} {
		t.Run(p.options.name, p.testDemotion)
	}
}

func (p pair) testDemotion(t *testing.T) {
	old := redistest.Start(t, redistest.Options{Proxied: true})
	successor := redistest.Start(t, redistest.Options{})
	replicate(t, old, successor)
	s := p.open(t, p.at(old.ClientAddr()))
	together(16, func(token string) {
		if err := s.Commit(token, []byte("old"), time.Now().Add(time.Hour)); err != nil {
			t.Errorf("Commit = %v", err)
		}
	})
	waitInStep(t, old, successor)
	successor.Do(t, "REPLICAOF", "NO", "ONE")
	replicate(t, successor, old)
	old.Proxy.Retarget(successor.Network, successor.Addr)
	together(16, func(token string) {
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

// testDemotedIndex: DeleteUserSessions uses connections to a primary that has become a
// replica, and has heard nothing since. It must not trust the replica's index and report
// success.
func testDemotedIndex(t *testing.T, p pair) {
	p.options = users
	old := redistest.Start(t, redistest.Options{Proxied: true})
	successor := redistest.Start(t, redistest.Options{})
	s := p.open(t, p.at(old.ClientAddr()))
	wantUserSessions(t, s, "anna") // connects
	old.Do(t, "REPLICAOF", "127.0.0.1", "1")
	old.Proxy.Retarget(successor.Network, successor.Addr)
	token := newToken()
	MustCommit(t, p.open(t, p.at(successor.Addr)), token, sessionOf(t, "anna"))
	redistest.WaitFor(t, "DeleteUserSessions after the primary was demoted", func() error {
		_, err := s.DeleteUserSessions(t.Context(), "anna")
		return err
	})
	if successor.Do(t, "EXISTS", prefix+token) != int64(0) {
		t.Error("a session is left after DeleteUserSessions")
	}
}
