// Package guarantees_test tests what docs/guarantees.md says about Redis.
package guarantees_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

func open(t *testing.T, server *redistest.Server) *redigostore.Store {
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", server.Addr, redis.DialConnectTimeout(time.Second))
	}}
	t.Cleanup(func() { pool.Close() })
	return redigostore.New(pool)
}

func commit(s *redigostore.Store, token string, size int) error {
	return s.Commit(token, make([]byte, size), time.Now().Add(time.Hour))
}

func wantNil(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFound(t *testing.T, s *redigostore.Store, token string, want bool) {
	t.Helper()
	if _, found, err := s.Find(token); found != want || err != nil {
		t.Errorf("Find = %v, %v; want %v, <nil>", found, err, want)
	}
}

func wantReply(t *testing.T, err error, kind string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), kind+" ") {
		t.Errorf("error %v; want the server's %s", err, kind)
	}
}

// startReplica starts a primary and a replica of it, and waits until the replica is online.
func startReplica(t *testing.T, args ...string) (primary, replica *redistest.Server) {
	primary, replica = redistest.Start(t, redistest.Options{Args: args}), redistest.Start(t, redistest.Options{})
	host, port, _ := net.SplitHostPort(primary.Addr)
	replica.Do(t, "REPLICAOF", host, port)
	redistest.Poll(t, "the replica is online", func() bool {
		return strings.Contains(primary.Info(t, "replication", "slave0"), "state=online")
	})
	return primary, replica
}

// TestFailoverBringsBack: a primary acknowledges writes that its replica does not have
// yet. If it dies then, a new session is lost, and a deleted session comes back.
func TestFailoverBringsBack(t *testing.T) {
	t.Parallel()
	primary, replica := startReplica(t)
	s := open(t, primary)
	wantNil(t, commit(s, "logged-out", 1))
	promoted := open(t, replica)
	redistest.Poll(t, "the replica has the session", func() bool { return replica.Do(t, "DBSIZE") == int64(1) })
	resume := replica.Pause(t)
	primary.Do(t, "CLIENT", "KILL", "TYPE", "replica")
	wantNil(t, s.Delete("logged-out"))
	wantNil(t, commit(s, "new", 1))
	primary.Stop(t)
	resume()
	replica.Do(t, "REPLICAOF", "NO", "ONE")
	wantFound(t, promoted, "logged-out", true)
	wantFound(t, promoted, "new", false)
}

// TestDemotedForgets: a primary that has been replaced still acknowledges writes. They
// are lost when it becomes a replica.
func TestDemotedForgets(t *testing.T) {
	t.Parallel()
	old, successor := startReplica(t)
	successor.Do(t, "REPLICAOF", "NO", "ONE")
	s := open(t, old)
	wantNil(t, commit(s, "token", 1))
	wantFound(t, s, "token", true)
	host, port, _ := net.SplitHostPort(successor.Addr)
	old.Do(t, "REPLICAOF", host, port)
	redistest.Poll(t, "the session is gone", func() bool { return old.Do(t, "DBSIZE") == int64(0) })
}

// TestMinReplicas: with min-replicas-to-write, a primary without a replica refuses all
// writes, also logouts, but answers reads.
func TestMinReplicas(t *testing.T) {
	t.Parallel()
	primary, replica := startReplica(t, "--min-replicas-to-write", "1", "--min-replicas-max-lag", "1")
	s := open(t, primary)
	redistest.Poll(t, "Commit works", func() bool { return commit(s, "token", 1) == nil })
	replica.Pause(t)
	redistest.Poll(t, "Commit is refused", func() bool { return commit(s, "token", 1) != nil })
	wantReply(t, commit(s, "token", 1), "NOREPLICAS")
	wantReply(t, s.Delete("token"), "NOREPLICAS")
	wantFound(t, s, "token", true)
}

// TestEmptyPrimary: if a primary without persistence restarts, its replica loses its
// sessions too.
func TestEmptyPrimary(t *testing.T) {
	t.Parallel()
	primary, replica := startReplica(t)
	wantNil(t, commit(open(t, primary), "token", 1))
	redistest.Poll(t, "the replica has the session", func() bool { return replica.Do(t, "DBSIZE") == int64(1) })
	primary.Restart(t)
	redistest.Poll(t, "the replica has lost the session", func() bool { return replica.Do(t, "DBSIZE") == int64(0) })
}

// TestAppendAlways: a server that syncs every write loses none when killed.
func TestAppendAlways(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Args: []string{"--appendonly", "yes", "--appendfsync", "always"}})
	wantNil(t, commit(open(t, server), "token", 1))
	server.Restart(t)
	wantFound(t, open(t, server), "token", true)
}

// TestMaxMemory: with noeviction a full server refuses new sessions, keeps the old ones,
// and lets users log out. With another policy it drops some sessions.
func TestMaxMemory(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"noeviction", "volatile-ttl", "allkeys-lru"} {
		server := redistest.Start(t, redistest.Options{Args: []string{"--maxmemory", "8mb", "--maxmemory-policy", policy}})
		s := open(t, server)
		var err error
		stored := 0
		for ; stored < 1000 && err == nil; stored++ {
			err = commit(s, fmt.Sprint("token", stored), 32<<10)
		}
		all, allErr := s.All()
		wantNil(t, allErr)
		if policy != "noeviction" {
			if err != nil || len(all) == stored {
				t.Errorf("%s: Commit = %v, %d of %d sessions are left; want fewer and no error", policy, err, len(all), stored)
			}
			continue
		}
		wantReply(t, err, "OOM")
		if stored--; len(all) != stored {
			t.Errorf("%s: %d of %d sessions are left; want all", policy, len(all), stored)
		}
		if err := s.Delete("token0"); err != nil {
			t.Errorf("Delete = %v", err)
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
	for _, command := range [][]string{{"GET", "key"}, {"SET", "key", "data"}, {"DEL", "key"}} {
		_, err := left.TryDo(command...)
		wantReply(t, err, "CLUSTERDOWN")
	}
}

// TestSentinelsKill: when a replaced primary comes back, Sentinel makes it a replica, and
// its old connections are closed.
func TestSentinelsKill(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t, redistest.Options{}, 2*time.Second)
	old := s.Primary(t)
	conn, err := redis.Dial("tcp", old.Addr)
	wantNil(t, err)
	defer conn.Close()
	resume := old.Pause(t)
	s.PrimaryAfter(t, old)
	resume()
	redistest.Poll(t, "the connection is closed", func() bool { _, err := conn.Do("PING"); return err != nil })
	redistest.Poll(t, "it is a replica", func() bool { return old.Info(t, "replication", "role") == "slave" })
}

// TestIdleTimeout: with the setting timeout, the server closes idle connections.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Args: []string{"--timeout", "1"}})
	conn, err := redis.Dial("tcp", server.Addr)
	wantNil(t, err)
	defer conn.Close()
	conn.(redis.ConnWithTimeout).ReceiveWithTimeout(30 * time.Second)
	if conn.Err() == nil || strings.Contains(conn.Err().Error(), "timeout") {
		t.Errorf("the connection ended with %v; want it closed by the server", conn.Err())
	}
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
