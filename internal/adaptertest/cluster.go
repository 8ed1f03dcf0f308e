package adaptertest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Cluster checks a store on a Cluster of three primaries: it lists the sessions
// of all of them, and nothing at all once one of them is down. open returns a
// store on the cluster that has a node at each of addrs; bound is how long a
// call may take.
func Cluster(t *testing.T, bound time.Duration, open func(tb testing.TB, addrs []string) Store) {
	nodes := redistest.StartCluster(t)
	addrs := make([]string, len(nodes))
	for i, node := range nodes {
		addrs[i] = node.Addr
	}
	Shards(t, bound, nodes, open(t, addrs))
}

// Shards checks a store that spreads its sessions over nodes.
func Shards(t *testing.T, bound time.Duration, nodes []*redistest.Server, s Store) {
	t.Helper()
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
	if took := time.Since(start); took > 2*bound {
		t.Errorf("All and Each with a primary down took %v; want at most %v each", took, bound)
	}
}
