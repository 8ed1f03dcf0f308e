package adaptertest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testOwnReads: a store reads what it has just written, also while replicas and
// caches that the client might ask have not heard of it.
func testOwnReads(t *testing.T, p pair) {
	if p.topology.Kind != Standalone {
		long(t)
	}
	servers := StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
	s := p.open(t, p.on(servers))
	cutOff(t, servers.Nodes...)
	const reads, sessions = 300, 100
	stale := 0
	for i := range reads {
		token, data := fmt.Sprint("token", i%sessions), strconv.Itoa(i)
		mustCommit(t, s, token, data)
		b, _, err := s.Find(token)
		if err != nil {
			t.Fatalf("Find = %v", err)
		}
		if string(b) != data {
			stale++
		}
	}
	for i := range sessions {
		token := fmt.Sprint("token", i)
		mustDelete(t, s, token)
		wantMissing(t, s, token)
	}
	if stale != 0 {
		t.Errorf("%d of %d Finds were stale; want none", stale, reads)
	}
}

// testHandover: a replica takes the place of a primary that is still there, and
// knows nothing of what follows. A client that may read from replicas must not ask
// it for sessions.
func testHandover(t *testing.T, p pair) {
	servers := StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
	cluster := servers.Cluster
	s := p.open(t, p.on(servers))
	successor := cluster.Replicas[owner(cluster.Primaries[0].KeySlot(t, "{moving}"))]
	const n = 100
	for i := range n {
		mustCommit(t, s, fmt.Sprint("{moving}", i), "data")
	}
	cutOff(t, successor)
	successor.Do(t, "CLUSTER", "FAILOVER")
	waitForPrimary(t, successor)
	for i := range n {
		token := fmt.Sprint("{moving}", i)
		mustDelete(t, s, token)
		wantMissing(t, s, token)
	}
}

// testNewPrimary: a client that has not heard of a new primary must not take the
// sessions of the others for all.
func testNewPrimary(t *testing.T, p pair) {
	nodes := redistest.StartCluster(t)
	s := p.open(t, p.at(nodes[0].Addr))
	if all, err := s.All(); all == nil || err != nil {
		t.Fatalf("All = %v, %v; want an empty map", all, err)
	}
	added := redistest.Start(t, redistest.Options{Cluster: true})
	added.Meet(t, nodes)
	id := added.Do(t, "CLUSTER", "MYID").(string)
	for slot := range 300 {
		for _, node := range append(nodes, added) {
			node.Do(t, "CLUSTER", "SETSLOT", strconv.Itoa(slot), "NODE", id)
		}
	}
	fresh := p.open(t, p.at(added.Addr))
	for i := 0; added.Do(t, "DBSIZE") == int64(0); i++ { // until one is in its slots
		mustCommit(t, fresh, strconv.Itoa(i), "data")
	}
	want, err := fresh.All()
	if err != nil {
		t.Fatalf("All of a client that knows the new primary = %v", err)
	}
	if all, err := s.All(); err == nil && len(all) != len(want) {
		t.Errorf("All = %d of %d sessions, <nil>; want all, or an error", len(all), len(want))
	}
}

// testOneConnection: no method takes a second connection while it holds one.
func testOneConnection(t *testing.T, p pair) {
	var addrs []string
	if p.topology.Kind == Cluster {
		addrs = startPrimaries(t).Addrs()
	} else {
		addrs = []string{redistest.Start(t, redistest.Options{}).Addr}
	}
	target := p.at(addrs...)
	target.Connections = 1
	s := p.open(t, target)
	const n = 1500
	commitMany(t, s, n)
	if all, err := s.All(); len(all) != n || err != nil {
		t.Errorf("All = %d sessions, %v; want %d", len(all), err, n)
	}
	err := s.Each(t.Context(), func(token string, _ []byte) error { return s.Delete(token) })
	if err != nil {
		t.Errorf("Each that deletes = %v", err)
	}
	if all, err := s.All(); len(all) != 0 || err != nil {
		t.Errorf("All = %d sessions, %v; want none", len(all), err)
	}
}
