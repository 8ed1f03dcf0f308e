package adaptertest

import (
	"net"
	"strconv"
	"testing"

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
