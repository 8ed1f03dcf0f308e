package adaptertest

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// replicate makes replica a replica of primary, and waits until it is in step.
func replicate(tb testing.TB, primary, replica *redistest.Server) {
	tb.Helper()
	host, port, _ := net.SplitHostPort(primary.Addr)
	replica.Do(tb, "REPLICAOF", host, port)
	waitInStep(tb, primary, replica)
}

// waitInStep waits until replica is a replica of primary and has all that primary has
// now.
func waitInStep(tb testing.TB, primary, replica *redistest.Server) {
	tb.Helper()
	_, port, _ := net.SplitHostPort(primary.Addr)
	redistest.Poll(tb, "the replica follows its primary", func() bool {
		return replica.Info(tb, "replication", "master_port") == port && replica.Info(tb, "replication", "master_link_status") == "up"
	})
	offset := func(s *redistest.Server, field string) int {
		n, _ := strconv.Atoi(s.Info(tb, "replication", field))
		return n
	}
	want := offset(primary, "master_repl_offset")
	redistest.Poll(tb, "the replica is in step with its primary", func() bool {
		return offset(replica, "slave_repl_offset") >= want
	})
}

// waitForPrimary waits until s is a primary.
func waitForPrimary(tb testing.TB, s *redistest.Server) {
	tb.Helper()
	redistest.Poll(tb, "the replica has taken the place of its primary", func() bool {
		return s.Info(tb, "replication", "role") == "master"
	})
}

// cutOff makes the replicas of these servers hear of no later writes.
func cutOff(tb testing.TB, servers ...*redistest.Server) {
	tb.Helper()
	for _, server := range servers {
		server.Do(tb, "ACL", "SETUSER", "default", "-psync", "-sync")
		server.Do(tb, "CLIENT", "KILL", "TYPE", "replica")
	}
}

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
	together(16, func(i int) {
		if err := s.Commit(fmt.Sprint("token", i), []byte("old"), time.Now().Add(time.Hour)); err != nil {
			t.Errorf("Commit = %v", err)
		}
	})
	waitInStep(t, old, successor)
	successor.Do(t, "REPLICAOF", "NO", "ONE")
	replicate(t, successor, old)
	old.Proxy.Retarget(successor.Network, successor.Addr)
	together(16, func(i int) {
		redistest.WaitFor(t, "Commit after the primary was demoted", func() error {
			return s.Commit(fmt.Sprint("token", i), []byte("new"), time.Now().Add(time.Hour))
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
