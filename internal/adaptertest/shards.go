package adaptertest

import (
	"fmt"
	"sync/atomic"
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
	WantListed(t, s, want)
	deleted := 0
	for token, data := range want {
		WantFound(t, s, token, data)
		if err := s.Delete(token); err != nil {
			t.Fatalf("Delete = %v", err)
		}
		WantMissing(t, s, token)
		if deleted++; deleted == 100 {
			break
		}
	}

	nodes[1].Stop(t)
	for name, list := range Listings(t.Context(), s) {
		err := inTime(t, p.topology.Bound, name, func() error { _, err := list(); return err })
		if err == nil {
			t.Errorf("%s with a primary down = <nil>; want an error", name)
		}
	}
}

// testAtOnce: a listing reads all primaries at the same time. Each answers only when
// the others have been asked too.
func testAtOnce(t *testing.T, p pair) {
	servers := []*redistest.Scripted{redistest.StartScripted(t), redistest.StartScripted(t), redistest.StartScripted(t)}
	addrs := make([]string, len(servers))
	for i, server := range servers {
		addrs[i] = server.Addr
	}
	var asked atomic.Int32
	for i, server := range servers {
		answer := healthy(fmt.Sprint("token", i), "data")
		if p.topology.Kind == Cluster {
			answer = clusterNode(addrs, i, answer)
		}
		server.Reply(func(args []string) string {
			if args[0] == "SCAN" {
				asked.Add(1)
				for deadline := time.Now().Add(700 * time.Millisecond); asked.Load() < 3; time.Sleep(time.Millisecond) {
					if time.Now().After(deadline) {
						t.Error("a primary was not asked while another had not answered")
						break
					}
				}
			}
			return answer(args)
		})
	}
	s := p.open(t, p.at(addrs...))
	if all, err := s.All(); len(all) != len(servers) || err != nil {
		t.Errorf("All = %d sessions, %v; want %d", len(all), err, len(servers))
	}
}
