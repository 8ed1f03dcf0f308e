package adaptertest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testShards: a store that spreads its sessions over servers lists those of all of
// them, and nothing at all once one of them is down.
func testShards(t *testing.T, p pair) {
	var servers *Servers
	if p.topology.Kind == Cluster {
		nodes := redistest.StartCluster(t) // no replica takes over
		servers = &Servers{Kind: Cluster, Nodes: nodes}
	} else {
		servers = StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
	}
	nodes, target := servers.Nodes, p.on(servers)
	if p.topology.Kind == Cluster {
		target.Addrs = target.Addrs[:1] // from which the client learns the others
	}
	s := p.open(t, target)
	if all, err := s.All(); all == nil || len(all) != 0 || err != nil { // the client has asked nothing yet
		t.Errorf("All without sessions = %v, %v; want an empty map", all, err)
	}
	const n = 3000
	want := commitMany(t, s, n)
	for i, node := range nodes {
		if keys := node.Do(t, "DBSIZE").(int64); keys < n/6 {
			t.Errorf("node %d has %d of %d sessions; want about a third", i, keys, n)
		}
	}
	all, err := s.All()
	if err != nil || !maps.Equal(asStrings(all), want) {
		t.Errorf("All = %d sessions, %v; want the %d committed", len(all), err, n)
	}
	seen := make(map[string]string)
	err = s.Each(context.Background(), func(token string, b []byte) error {
		seen[token] = string(b)
		return nil
	})
	if err != nil || !maps.Equal(seen, want) {
		t.Errorf("Each showed %d sessions, %v; want the %d committed", len(seen), err, n)
	}
	deleted := 0
	for token, data := range want {
		wantFound(t, s, token, data)
		if err := s.Delete(token); err != nil {
			t.Fatalf("Delete = %v", err)
		}
		wantMissing(t, s, token)
		if deleted++; deleted == 100 {
			break
		}
	}

	nodes[1].Stop(t)
	start := time.Now()
	if all, err := s.All(); all != nil || err == nil {
		t.Errorf("All with a primary down = %d sessions, %v; want an error", len(all), err)
	}
	if err := s.Each(context.Background(), func(string, []byte) error { return nil }); err == nil {
		t.Error("Each with a primary down = nil; want an error")
	}
	if took, bound := time.Since(start), p.topology.Bound; took > 2*bound {
		t.Errorf("All and Each with a primary down took %v; want at most %v each", took, bound)
	}
}
