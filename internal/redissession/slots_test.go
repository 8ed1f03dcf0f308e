package redissession

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
)

func TestParseNode(t *testing.T) {
	n, err := parseNode("id1 127.0.0.1:1@2 master - 0 1 1 connected 0-16 18\n" +
		"id2 127.0.0.1:3@4,host myself,master - 0 1 2 connected 17 20-30 16383 [20->-id1] [18-<-id1]\n")
	want := "{id2 [[17 17] [20 30] [16383 16383]] map[18:{id1 id2} 20:{id2 id1}]}"
	if got := fmt.Sprint(n); got != want || err != nil {
		t.Errorf("parseNode = %s, %v; want %s", got, err, want)
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

// movingCluster is a Cluster of two primaries that are read one after another,
// first A and then B. At each step of a listing something may move.
type movingCluster struct {
	*fake
	steps func(c *movingCluster, pass int, step string)
	says  map[string]string // of A and B: the slots
	pass  int
	asked []int // slots of the keys that were fetched through the client
}

func newMovingCluster(steps func(c *movingCluster, pass int, step string)) (*movingCluster, map[string]string) {
	c := &movingCluster{
		fake:  newFake(2),
		steps: steps,
		says:  map[string]string{"A": "0-8191", "B": "8192-16383"},
	}
	c.mode = "cluster"
	c.answer = func(shard int, _ Command) Reply {
		name := "AB"[shard : shard+1]
		return Reply{Value: name + " addr myself,master - 0 0 1 connected " + c.says[name] + "\n"}
	}
	want := make(map[string]string)
	for i := range 50 {
		token := fmt.Sprint("token", i)
		want[token] = "data"
		c.put("app:"+token, []byte("data"))
	}
	return c, want
}

func (c *movingCluster) EachPrimary(ctx context.Context, visit func(context.Context, Primary) error) error {
	c.pass++
	for i, name := range []string{"A", "B"} {
		c.steps(c, c.pass, "before "+name)
		if err := visit(ctx, movingPrimary{fakePrimary{c.fake, i}, c}); err != nil {
			return err
		}
	}
	c.steps(c, c.pass, "after")
	return nil
}

// move takes all keys of the slot from one shard to the other.
func (c *movingCluster) move(want int, from, to int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, value := range c.shards[from] {
		if Slot(key) == want {
			delete(c.shards[from], key)
			c.shards[to][key] = value
		}
	}
}

// Get finds a key on whichever primary has it.
func (c *movingCluster) Get(_ context.Context, key string) ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, Slot(key))
	for _, shard := range c.shards {
		if value, ok := shard[key]; ok {
			return value, true, nil
		}
	}
	return nil, false, nil
}

type movingPrimary struct {
	fakePrimary
	cluster *movingCluster
}

// Pipeline refuses keys that have moved.
func (p movingPrimary) Pipeline(ctx context.Context, commands ...Command) ([]Reply, error) {
	replies, err := p.fakePrimary.Pipeline(ctx, commands...)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range commands {
		if c[0] != "MGET" {
			continue
		}
		value, ok := p.shards[p.index][c[1]]
		switch {
		case len(c) > 2:
			replies[i] = Reply{Err: &serverError{"CROSSSLOT Keys in request don't hash to the same slot"}}
		case !ok:
			replies[i] = Reply{Err: &serverError{fmt.Sprint("MOVED ", Slot(c[1]), " elsewhere:1")}}
		default:
			replies[i].Value = []any{value}
		}
	}
	return replies, nil
}

// TestListingWhileSlotsMove: a session that moves to a primary that has been read, from
// one that has not, is listed.
func TestListingWhileSlotsMove(t *testing.T) {
	const moving = 12739 // of "{123456789}"
	const others = "8192-12738 12740-16383"
	const token = "{123456789}"
	for name, test := range map[string]struct {
		steps  func(c *movingCluster, pass int, step string)
		passes int // zero: an error
	}{
		"nothing moves": {func(c *movingCluster, pass int, step string) {}, 1},
		"between two reads": {func(c *movingCluster, pass int, step string) {
			if pass == 1 && step == "before B" {
				c.move(moving, 1, 0)
				c.says = map[string]string{"A": "0-8191 12739", "B": others}
			}
		}, 2},
		"begins, ends in the next pass": {func(c *movingCluster, pass int, step string) {
			switch {
			case pass == 1 && step == "before B":
				c.move(moving, 1, 0)
				c.says = map[string]string{"A": "0-8191 [12739-<-B]", "B": others + " 12739 [12739->-A]"}
			case pass == 2 && step == "before A":
				c.says["B"] = others
			case pass == 2 && step == "before B":
				c.says["A"] = "0-8191 12739"
			}
		}, 2},
		"is stuck half-way": {func(c *movingCluster, pass int, step string) {
			c.says = map[string]string{"A": "0-8191 [12739-<-B]", "B": others + " 12739 [12739->-A]"}
			if pass == 1 && step == "before B" {
				c.move(moving, 1, 0)
			}
		}, 2},
		"a primary that is not visited is taking it": {func(c *movingCluster, pass int, step string) {
			c.says = map[string]string{"A": "0-8191", "B": "8192-16383 [12739->-C]"}
		}, 0},
		"a primary that is not visited has it": {func(c *movingCluster, pass int, step string) {
			c.says = map[string]string{"A": "0-8191", "B": others}
		}, 0},
		"to and fro": {func(c *movingCluster, pass int, step string) {
			switch step {
			case "before B":
				c.move(moving, 1, 0)
				c.says = map[string]string{"A": "0-8191 12739", "B": others}
			case "after":
				c.move(moving, 0, 1)
				c.says = map[string]string{"A": "0-8191", "B": "8192-16383"}
			}
		}, 0},
		"two have it": {func(c *movingCluster, pass int, step string) {
			c.says = map[string]string{"A": "0-8191 12739", "B": "8192-16383"}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for all passes
			c, want := newMovingCluster(test.steps)
			want[token] = "data"
			c.mu.Lock()
			c.shards[1]["app:"+token] = []byte("data")
			c.mu.Unlock()
			s := New("fakestore", c, Options{Prefix: "app:"})
			all, err := s.All(ctx)
			if test.passes == 0 {
				if all != nil || !errors.Is(err, errSlots) {
					t.Errorf("All = %d sessions, %v; want %v", len(all), err, errSlots)
				}
				return
			}
			got := make(map[string]string)
			for token, b := range all {
				got[token] = string(b)
			}
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("All = %d sessions, %v; want all %d", len(got), err, len(want))
			}
			if c.pass != test.passes {
				t.Errorf("%d passes; want %d", c.pass, test.passes)
			}
		})
	}
}

// TestOtherSlotsAreNotRepeated: a second pass reads only the slots that moved.
func TestOtherSlotsAreNotRepeated(t *testing.T) {
	c, want := newMovingCluster(func(c *movingCluster, pass int, step string) {
		if pass == 1 && step == "before B" {
			c.says = map[string]string{"A": "0-8191 12739", "B": "8192-12738 12740-16383"}
		}
	})
	s := New("fakestore", c, Options{Prefix: "app:"})
	shown := make(map[string]int)
	s.Each(ctx, func(token string, _ []byte) error { shown[token]++; return nil })
	if c.pass != 2 || len(shown) != len(want) {
		t.Errorf("Each showed %d sessions in %d passes; want %d in 2", len(shown), c.pass, len(want))
	}
	c2, _ := newMovingCluster(func(*movingCluster, int, string) {})
	twice := make(map[string]int)
	New("fakestore", c2, Options{Prefix: "app:"}).Each(ctx, func(token string, _ []byte) error { twice[token]++; return nil })
	if !maps.Equal(shown, twice) {
		t.Errorf("Each showed %v in two passes; want %v as in one", shown, twice)
	}
}

// TestPartOfCluster: if only some primaries are nodes of a Cluster, the listing fails.
func TestPartOfCluster(t *testing.T) {
	c, _ := newMovingCluster(func(*movingCluster, int, string) {})
	var first atomic.Bool
	c.change = func(_ []Command, replies []Reply) ([]Reply, error) {
		if first.CompareAndSwap(false, true) {
			replies[0].Value = "redis_mode:standalone\r\nrun_id:0\r\n"
		}
		return replies, nil
	}
	s := New("fakestore", c.fake, Options{Prefix: "app:"})
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
			f := newFake(1)
			f.answer = func(int, Command) Reply {
				return Reply{Value: "A addr myself,master - 0 0 1 connected " + test.slots + "\n"}
			}
			f.change = func(commands []Command, replies []Reply) ([]Reply, error) {
				if commands[0][0] == "INFO" {
					replies[0].Value = test.mode + ":cluster\r\nrun_id:1\r\n"
				}
				return replies, nil
			}
			s := New("fakestore", f, Options{Prefix: test.prefix})
			f.put(test.prefix+token, nil)
			all, err := s.All(ctx)
			if ok := err == nil; ok != test.ok || !ok && (all != nil || !errors.Is(err, errSlots)) {
				t.Errorf("%+v: All = %v, %v", test, all, err)
			}
		})
	}
}

// TestIntroduce: after an incomplete pass the client sends a command for a slot that no
// primary had, and so learns of its primary.
func TestIntroduce(t *testing.T) {
	const missing = 12739
	c, _ := newMovingCluster(func(c *movingCluster, pass int, step string) {
		c.says = map[string]string{"A": "0-8191", "B": "8192-12738 12740-16383"}
		if len(c.asked) > 0 {
			c.says["B"] = "8192-16383"
		}
	})
	if _, err := New("fakestore", c, Options{Prefix: "app:"}).All(ctx); err != nil {
		t.Errorf("All = %v", err)
	}
	if len(c.asked) != 1 || c.asked[0] != missing || c.pass != 2 {
		t.Errorf("the client was sent to the slots %v, in %d passes; want %d, in 2", c.asked, c.pass, missing)
	}
}
