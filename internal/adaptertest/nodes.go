package adaptertest

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testNewPrimary: a client that has not heard of a new primary must not list only the
// sessions of the others. A client learns of the primary even if it does nothing but
// list.
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
		MustCommit(t, fresh, strconv.Itoa(i), "data")
	}
	want, err := fresh.All()
	if err != nil {
		t.Fatalf("All of a client that knows the new primary = %v", err)
	}
	redistest.WaitFor(t, "All of a client that has not heard of the new primary", func() error {
		all, err := s.All()
		if err == nil && len(all) != len(want) {
			t.Fatalf("All = %d of %d sessions, <nil>; want all, or an error", len(all), len(want))
		}
		return err
	})
}

// testOneNode: a client for one server that is connected to one node of a Cluster lists
// no part of the sessions. On a node that has all slots it lists all. So does a client
// that finds the other nodes by itself.
func testOneNode(t *testing.T, p pair) {
	whole := redistest.Start(t, redistest.Options{Cluster: true})
	whole.Do(t, "CLUSTER", "ADDSLOTSRANGE", "0", "16383") // it is up two seconds later
	part := redistest.StartCluster(t)[0]
	redistest.Poll(t, "the node is up", func() bool {
		return strings.Contains(whole.Do(t, "CLUSTER", "INFO").(string), "cluster_state:ok")
	})
	tokens := make(map[int][]string) // by the primary that has their slot
	for i := range 30 {
		token := fmt.Sprint("token", i)
		primary := owner(part.KeySlot(t, prefix+token))
		tokens[primary] = append(tokens[primary], token)
	}
	s := p.open(t, p.at(part.Addr))
	for _, token := range tokens[0] {
		MustCommit(t, s, token, "data")
	}
	findsOthers := s.Commit(tokens[1][0], []byte("data"), time.Now().Add(time.Hour)) == nil
	all, err := s.All()
	each := s.Each(t.Context(), func(string, []byte) error { return nil })
	switch want := len(tokens[0]) + 1; {
	case findsOthers && (len(all) != want || err != nil || each != nil):
		t.Errorf("All = %d sessions, %v, Each = %v; want the %d committed", len(all), err, each, want)
	case !findsOthers && (all != nil || err == nil || !strings.Contains(err.Error(), "Cluster") || each == nil):
		t.Errorf("All = %d sessions, %v, Each = %v; want errors that say what to look at", len(all), err, each)
	}
	s = p.open(t, p.at(whole.Addr))
	for _, tokens := range tokens {
		for _, token := range tokens {
			MustCommit(t, s, token, "data")
		}
	}
	if all, err := s.All(); len(all) != 30 || err != nil {
		t.Errorf("All on a node that has all slots = %d sessions, %v; want 30", len(all), err)
	}
}

// testOneConnection: no method takes a second connection while it holds one.
func testOneConnection(t *testing.T, p pair) {
	target := p.on(p.start(t))
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
