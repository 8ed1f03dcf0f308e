package adaptertest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

func testOwnReads(t *testing.T, p pair) {
	servers := StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
	OwnReads(t, p.open(t, p.on(servers)), servers)
}

// OwnReads checks that a store on these servers reads what it has just written, also
// while replicas and caches that the client might ask have not heard of it.
func OwnReads(t *testing.T, s Store, servers *Servers) {
	t.Helper()
	cutOff(t, servers.Nodes...)
	const reads, sessions = 300, 100
	for i := 0; i < reads && !t.Failed(); i++ {
		token, data := fmt.Sprint("token", i%sessions), strconv.Itoa(i)
		MustCommit(t, s, token, data)
		WantFound(t, s, token, data)
	}
	for i := 0; i < sessions && !t.Failed(); i++ {
		token := fmt.Sprint("token", i)
		mustDelete(t, s, token)
		WantMissing(t, s, token)
	}
}

// testHandover: a replica takes the place of a primary. The old primary becomes a replica
// and hears nothing of what follows. A client that may read from replicas must not ask it
// for sessions.
func testHandover(t *testing.T, p pair) {
	servers := StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
	cluster := servers.Cluster
	s := p.open(t, p.on(servers))
	successor := cluster.Replicas[owner(cluster.Primaries[0].KeySlot(t, "{moving}"))]
	const n = 100
	for i := range n {
		MustCommit(t, s, fmt.Sprint("{moving}", i), "data")
	}
	cutOff(t, successor)
	successor.Do(t, "CLUSTER", "FAILOVER")
	waitForPrimary(t, successor)
	for i := range n {
		token := fmt.Sprint("{moving}", i)
		mustDelete(t, s, token)
		WantMissing(t, s, token)
	}
}
