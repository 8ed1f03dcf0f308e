package redissession

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParseNode(t *testing.T) {
	n, err := parseNode("id1 127.0.0.1:1@2 master - 0 1 1 connected 0-16 18\n" +
		"id2 127.0.0.1:3@4,host myself,master - 0 1 2 connected 17 20-30 16383 [20->-id1] [18-<-id1]\n")
	if err != nil {
		t.Fatal(err)
	}
	var owned []int
	for slot, ok := range n.owned {
		if ok && (slot < 21 || slot > 29) {
			owned = append(owned, slot)
		}
	}
	got, want := fmt.Sprint(n.id, owned, n.moves), "id2[17 20 30 16383] map[18:{id1 id2} 20:{id2 id1}]"
	if got != want {
		t.Errorf("parseNode = %s; want %s", got, want)
	}
	for _, reply := range []string{
		"id1 127.0.0.1:1@2 master - 0 1 1 connected 0-16\n",
		"id1 127.0.0.1:1@2 myself,master - 0 1 1 connected 0-16384\n",
		"id1 127.0.0.1:1@2 myself,master - 0 1 1 connected 9-8\n",
		"id1 127.0.0.1:1@2 myself,master - 0 1 1 connected [x->-id2]\n",
		"id1 127.0.0.1:1@2 myself,master - 0 1 1 connected x\n",
	} {
		if _, err := parseNode(reply); err == nil {
			t.Errorf("parseNode(%q) = <nil>; want an error", reply)
		}
	}
}

// The sessions of TestListingWhileSlotsMove are on two primaries that are read one after
// another, first A and then B.
const (
	slotsOfA, slotsOfB = "0-8191", "8192-16383"

	movingToken = "{123456789}"
	movingSlot  = 12739
	stayOnB     = "8192-12738 12740-16383" // without the moving slot
)

func startCluster(t *testing.T) (*Store, *direct, map[string]string) {
	s, client := start(t, 2, Options{})
	client.slots = []string{slotsOfA, slotsOfB}
	client.visiting = func(string) {}
	return s, client, client.fill(t, 25)
}

// TestListingWhileSlotsMove: a session that moves to a primary that has been read, from
// one that has not, is listed. Only the slots that moved are read again.
func TestListingWhileSlotsMove(t *testing.T) {
	// step is what is so from when a node is visited.
	type step struct {
		pass  int    // 0: in each pass
		node  string // as for direct.visiting
		onA   bool   // where the moving session is
		slots []string
	}
	const arriving, leaving = slotsOfA + " [12739-<-B]", stayOnB + " 12739 [12739->-A]"
	before, after := []string{slotsOfA, slotsOfB}, []string{slotsOfA + " 12739", stayOnB}
	for name, test := range map[string]struct {
		passes int // 0: an error
		steps  []step
	}{
		"nothing moves":         {1, nil},
		"between two reads":     {2, []step{{1, "B", true, after}}},
		"to one that is read":   {2, []step{{1, "SCAN A", true, after}}},
		"from one that is read": {2, []step{{1, "SCAN B", true, after}}},
		"begins, ends in the next pass": {2, []step{
			{1, "B", true, []string{arriving, leaving}},
			{2, "A", true, []string{arriving, stayOnB}},
			{2, "B", true, after},
		}},
		"is stuck half-way": {2, []step{
			{1, "A", false, []string{arriving, leaving}},
			{1, "B", true, []string{arriving, leaving}},
		}},
		"a primary that is not visited is taking it": {0, []step{{1, "A", false, []string{slotsOfA, slotsOfB + " [12739->-C]"}}}},
		"a primary that is not visited has it":       {0, []step{{1, "A", false, []string{slotsOfA, stayOnB}}}},
		"to and fro":                                 {0, []step{{0, "B", true, after}, {0, "end", false, before}}},
		"two have it":                                {0, []step{{1, "A", false, []string{slotsOfA + " 12739", slotsOfB}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for all passes
			s, client, want := startCluster(t)
			want[movingToken] = "data"
			a, b := client.servers[0], client.servers[1]
			b.Do(t, "SET", "app:"+movingToken, "data")
			pass := 0
			client.visiting = func(node string) {
				if node == "A" {
					pass++
				}
				for _, step := range test.steps {
					if step.node != node || step.pass != 0 && step.pass != pass {
						continue
					}
					from, to := a, b
					if step.onA {
						from, to = b, a
					}
					to.Do(t, "SET", "app:"+movingToken, "data")
					from.Do(t, "DEL", "app:"+movingToken)
					client.slots = step.slots
				}
			}
			got := make(map[string]string)
			err := s.Each(ctx, func(token string, b []byte) error {
				if _, twice := got[token]; twice && token != movingToken {
					t.Errorf("Each shows %q twice", token)
				}
				got[token] = string(b)
				return nil
			})
			if test.passes == 0 {
				if !errors.Is(err, errSlots) {
					t.Errorf("Each = %v; want %v", err, errSlots)
				}
				return
			}
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("Each = %d sessions, %v; want all %d", len(got), err, len(want))
			}
			if pass != test.passes {
				t.Errorf("%d passes; want %d", pass, test.passes)
			}
		})
	}
}

// TestPartOfCluster: if only some primaries are nodes of a Cluster, the listing fails.
func TestPartOfCluster(t *testing.T) {
	s, client, _ := startCluster(t)
	client.slots[0] = ""
	if all, err := s.All(ctx); all != nil || err == nil || !strings.Contains(err.Error(), "1 of 2") {
		t.Errorf("All = %d sessions, %v; want an error", len(all), err)
	}
}

// TestOneNode: a client for one node of a Cluster lists no part of the sessions,
// but all where the node has all slots, and where the prefix keeps its sessions
// in a slot of this node.
func TestOneNode(t *testing.T) {
	for _, test := range []struct {
		mode, slots, prefix string
		ok                  bool
	}{
		{"redis_mode", "0-8191", "app:", false},
		{"server_mode", "0-8191", "app:", false}, // Valkey
		{"redis_mode", "0-16383", "app:", true},
		{"redis_mode", "0-8191", "{foo}:", false}, // slot 12182
		{"redis_mode", "12182", "{foo}:", true},
	} {
		t.Run(test.mode+" "+test.slots+" "+test.prefix, func(t *testing.T) {
			t.Parallel() // some wait for all passes
			_, client := start(t, 1, Options{})
			client.slots = []string{test.slots}
			client.change = func(_ []Command, replies []Reply) {
				replies[0].Value = test.mode + ":cluster\r\nrun_id:1\r\n"
			}
			client.servers[0].Do(t, "SET", test.prefix+token, "")
			all, err := New("teststore", client, Options{Prefix: test.prefix}).All(ctx)
			if ok := err == nil; ok != test.ok || ok != (len(all) == 1) || !ok && !errors.Is(err, errSlots) {
				t.Errorf("%+v: All = %v, %v", test, all, err)
			}
		})
	}
}

// TestReplacedNode: INFO of Dragonfly has no run_id. If another node answers in the middle
// of a pass, with all slots but another ID, the listing reads it again.
func TestReplacedNode(t *testing.T) {
	s, client := start(t, 1, Options{})
	client.slots = []string{"0-16383"}
	want := client.fill(t, 1)
	asked := 0
	client.change = func(commands []Command, replies []Reply) {
		replies[0].Value = "redis_mode:cluster\r\n"
		switch last := len(commands) - 1; {
		case commands[last][0] == "CLUSTER":
			if asked++; asked == 1 {
				replies[last].Value = "old" + replies[last].Value.(string)
			}
		case commands[last][0] == "SCAN" && asked == 1: // with a cursor of the old node
			replies[last].Value = []any{"0", []any{}}
		}
	}
	if all, err := s.All(ctx); err != nil || len(all) != len(want) {
		t.Errorf("All = %d sessions, %v; want %d", len(all), err, len(want))
	}
}

// TestIntroduce: after an incomplete pass the client sends a command for a slot that no
// primary had, and so learns of its primary.
func TestIntroduce(t *testing.T) {
	s, client, _ := startCluster(t)
	client.slots[1] = stayOnB
	var asked []int
	client.before = func(c Command) error {
		if c[0] == "GET" {
			asked = append(asked, Slot(c[1]))
			client.slots[1] = slotsOfB
		}
		return nil
	}
	_, err := s.All(ctx)
	if want := []int{movingSlot, movingSlot}; err != nil || !slices.Equal(asked, want) {
		t.Errorf("All = %v, and both servers were asked for %v; want %v", err, asked, want)
	}
}
