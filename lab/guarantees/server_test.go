// Package guarantees_test tests what docs/guarantees.md says about Redis.
package guarantees_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/scsredis/stores/internal/redistest"
)

// set stores a session.
var set = []string{"SET", "token", "data", "PX", "3600000"}

// wantKeys waits until the server has n keys.
func wantKeys(t *testing.T, server *redistest.Server, n int64) {
	t.Helper()
	redistest.Poll(t, fmt.Sprint(n, " keys"), func() bool { return server.Do(t, "DBSIZE") == n })
}

// wantRefused checks that the server answers a command with an error of this kind.
func wantRefused(t *testing.T, server *redistest.Server, kind string, command ...string) {
	t.Helper()
	if reply, err := server.TryDo(command...); err == nil || !strings.HasPrefix(err.Error(), kind+" ") {
		t.Errorf("%q: %v, %v; want the error %s", command, reply, err, kind)
	}
}

// startReplica starts a primary and a replica of it, and waits until the replica is online.
func startReplica(t *testing.T, args ...string) (primary, replica *redistest.Server) {
	primary, replica = redistest.Start(t, redistest.Options{Args: args}), redistest.Start(t, redistest.Options{})
	follow(t, replica, primary)
	redistest.Poll(t, "the replica is online", func() bool {
		return strings.Contains(primary.Info(t, "replication", "slave0"), "state=online")
	})
	return primary, replica
}

func follow(t *testing.T, replica, primary *redistest.Server) {
	host, port, _ := net.SplitHostPort(primary.Addr)
	replica.Do(t, "REPLICAOF", host, port)
}

// TestFailoverBringsBack: a primary acknowledges writes that its replica does not have
// yet. If it dies then, a new session is lost, and a deleted session comes back.
func TestFailoverBringsBack(t *testing.T) {
	t.Parallel()
	primary, replica := startReplica(t)
	primary.Do(t, set...)
	wantKeys(t, replica, 1)
	resume := replica.Pause(t)
	primary.Do(t, "CLIENT", "KILL", "TYPE", "replica")
	primary.Do(t, "DEL", "token")
	primary.Do(t, "SET", "new", "data")
	primary.Stop(t)
	resume()
	replica.Do(t, "REPLICAOF", "NO", "ONE")
	if keys := fmt.Sprint(replica.Do(t, "KEYS", "*")); keys != "[token]" {
		t.Errorf("the replica has %s; want the session that was deleted alone", keys)
	}
}

// TestDemotedForgets: a primary that has been replaced still acknowledges writes. They
// are lost when it becomes a replica.
func TestDemotedForgets(t *testing.T) {
	t.Parallel()
	old, successor := startReplica(t)
	successor.Do(t, "REPLICAOF", "NO", "ONE")
	old.Do(t, set...)
	wantKeys(t, old, 1)
	follow(t, old, successor)
	wantKeys(t, old, 0)
}

// TestMinReplicas: with min-replicas-to-write, a primary without a replica refuses all
// writes, also logouts, but answers reads.
func TestMinReplicas(t *testing.T) {
	t.Parallel()
	primary, replica := startReplica(t, "--min-replicas-to-write", "1", "--min-replicas-max-lag", "1")
	redistest.WaitFor(t, "SET", func() error { _, err := primary.TryDo(set...); return err })
	replica.Pause(t)
	redistest.Poll(t, "SET is refused", func() bool { _, err := primary.TryDo(set...); return err != nil })
	wantRefused(t, primary, "NOREPLICAS", set...)
	wantRefused(t, primary, "NOREPLICAS", "DEL", "token")
	primary.Do(t, "GET", "token")
}

// TestEmptyPrimary: if a primary without persistence restarts, its replica loses its
// sessions too.
func TestEmptyPrimary(t *testing.T) {
	t.Parallel()
	primary, replica := startReplica(t)
	primary.Do(t, set...)
	wantKeys(t, replica, 1)
	primary.Restart(t)
	wantKeys(t, replica, 0)
}

// TestAppendAlways: a server that syncs every write loses none when killed.
func TestAppendAlways(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Args: []string{"--appendonly", "yes", "--appendfsync", "always"}})
	server.Do(t, set...)
	server.Restart(t)
	wantKeys(t, server, 1)
}

// TestMaxMemory: with noeviction a full server refuses new sessions, keeps the old ones,
// and lets users log out. With another policy it drops some sessions.
func TestMaxMemory(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"noeviction", "volatile-ttl", "allkeys-lru"} {
		server := redistest.Start(t, redistest.Options{Args: []string{"--maxmemory", "8mb", "--maxmemory-policy", policy}})
		stored, err := int64(-1), error(nil)
		for err == nil && stored < 1000 {
			stored++
			_, err = server.TryDo("SET", fmt.Sprint("token", stored), strings.Repeat("x", 32<<10), "PX", "3600000")
		}
		full := err != nil && strings.HasPrefix(err.Error(), "OOM ")
		left := server.Do(t, "DBSIZE")
		if full != (policy == "noeviction") || full != (left == stored) {
			t.Errorf("%s: %d of %d keys are left, SET = %v", policy, left, stored, err)
		}
		if full && server.Do(t, "DEL", "token0") != int64(1) {
			t.Errorf("%s: a full server deletes nothing", policy)
		}
	}
}

// TestMinority: a primary of a Cluster that does not see the majority refuses reads too.
func TestMinority(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartReplicatedCluster(t, redistest.Options{Args: []string{"--cluster-node-timeout", "1000"}})
	left := nodes.Primaries[0]
	for _, node := range nodes.Nodes() {
		if node != left {
			node.Stop(t)
		}
	}
	redistest.Poll(t, "the primary left alone sees that", func() bool {
		return strings.Contains(fmt.Sprint(left.Do(t, "CLUSTER", "INFO")), "cluster_state:fail")
	})
	for _, command := range [][]string{{"GET", "key"}, set, {"DEL", "key"}} {
		wantRefused(t, left, "CLUSTERDOWN", command...)
	}
}

// TestSentinelsKill: when a replaced primary comes back, Sentinel makes it a replica, and
// its old connections are closed.
func TestSentinelsKill(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t, redistest.Options{}, 2*time.Second)
	old := s.Primary(t)
	conn := dial(t, old)
	resume := old.Pause(t)
	s.PrimaryAfter(t, old)
	resume()
	redistest.Poll(t, "the connection is closed", func() bool { _, err := conn.Do("PING"); return err != nil })
	redistest.Poll(t, "it is a replica", func() bool { return old.Info(t, "replication", "role") == "slave" })
}

// TestIdleTimeout: with the setting timeout, the server closes idle connections.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	conn := dial(t, redistest.Start(t, redistest.Options{Args: []string{"--timeout", "1"}}))
	if _, err := redis.ReceiveWithTimeout(conn, 30*time.Second); err != io.EOF {
		t.Errorf("the connection ended with %v; want it closed by the server", err)
	}
}

func dial(t *testing.T, server *redistest.Server) redis.Conn {
	t.Helper()
	conn, err := redis.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestMigratePostpones: MIGRATE sends the remaining lifetime of a key, so its expiry
// moves by the time that MIGRATE takes.
func TestMigratePostpones(t *testing.T) {
	from, to := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	host, port, _ := net.SplitHostPort(to.Addr)
	const pxat = 1893456000000
	from.Do(t, "SET", "key", "data", "PXAT", fmt.Sprint(pxat))
	time.AfterFunc(200*time.Millisecond, to.Pause(t))
	from.Do(t, "MIGRATE", host, port, "key", "0", "5000")
	if got := to.Do(t, "PEXPIRETIME", "key"); got.(int64) < pxat+100 {
		t.Errorf("PEXPIRETIME = %v; want about 200 ms after %d", got, pxat)
	}
}
