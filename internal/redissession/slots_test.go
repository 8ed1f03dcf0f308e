package redissession

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestSlot(t *testing.T) {
	for key, want := range map[string]int{ // of CLUSTER KEYSLOT
		"":                     0,
		"123456789":            12739,
		"scs:session:foo":      254,
		"{foo}bar":             12182,
		"foo":                  12182,
		"a{foo}{bar}":          12182,
		"{}foo":                9500,
		"{foo":                 13308,
		"scs:session:\xff\x00": 11677,
	} {
		if got := slot(key); got != want {
			t.Errorf("slot(%q) = %d; want %d", key, got, want)
		}
	}
}

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
}

func newMovingCluster(steps func(c *movingCluster, pass int, step string)) (*movingCluster, map[string]string) {
	c := &movingCluster{
		fake:  newFake(2),
		steps: steps,
		says:  map[string]string{"A": "0-8191", "B": "8192-16383"},
	}
	want := make(map[string]string)
	for i := range 50 {
		token := fmt.Sprint("token", i)
		want[token] = "data"
		c.put("app:"+token, []byte("data"), inAnHour().UnixMilli())
	}
	return c, want
}

func (c *movingCluster) EachShard(ctx context.Context, visit func(context.Context, Shard) error) error {
	c.pass++
	for i, name := range []string{"A", "B"} {
		c.steps(c, c.pass, "before "+name)
		if err := visit(ctx, movingShard{fakeShard{c.fake, i}, c, name}); err != nil {
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
	for key, e := range c.shards[from] {
		if slot(key) == want {
			delete(c.shards[from], key)
			c.shards[to][key] = e
		}
	}
}

func (c *movingCluster) lookupAnywhere(key string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, shard := range c.shards {
		if e, ok := shard[key]; ok {
			return e.value
		}
	}
	return nil
}

type movingShard struct {
	fakeShard
	cluster *movingCluster
	name    string
}

func (s movingShard) ClusterNodes(context.Context) (string, error) {
	return s.name + " addr myself,master - 0 0 1 connected " + s.cluster.says[s.name] + "\n", nil
}

func (s movingShard) GetMany(_ context.Context, keys []string) ([][]byte, error) {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = s.cluster.lookupAnywhere(key)
	}
	return values, nil
}

// TestListingWhileSlotsMove: a session that moves to a primary that has been
// read, from one that has not, is listed all the same.
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
		c, want := newMovingCluster(test.steps)
		want[token] = "data"
		c.mu.Lock()
		c.shards[1]["app:"+token] = entry{[]byte("data"), inAnHour().UnixMilli()}
		c.mu.Unlock()
		s := New("fakestore", c, "app:")
		all, err := s.All(ctx)
		if test.passes == 0 {
			if all != nil || !errors.Is(err, errSlots) {
				t.Errorf("%s: All = %d sessions, %v; want %v", name, len(all), err, errSlots)
			}
			continue
		}
		got := make(map[string]string)
		for token, b := range all {
			got[token] = string(b)
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: All = %d sessions, %v; want all %d", name, len(got), err, len(want))
		}
		if c.pass != test.passes {
			t.Errorf("%s: %d passes; want %d", name, c.pass, test.passes)
		}
	}
}

// TestOtherSlotsAreNotRepeated: a second pass is for what has moved.
func TestOtherSlotsAreNotRepeated(t *testing.T) {
	c, want := newMovingCluster(func(c *movingCluster, pass int, step string) {
		if pass == 1 && step == "before B" {
			c.says = map[string]string{"A": "0-8191 12739", "B": "8192-12738 12740-16383"}
		}
	})
	s := New("fakestore", c, "app:")
	shown := make(map[string]int)
	s.Each(ctx, func(token string, _ []byte) error { shown[token]++; return nil })
	if c.pass != 2 || len(shown) != len(want) {
		t.Errorf("Each showed %d sessions in %d passes; want %d in 2", len(shown), c.pass, len(want))
	}
	c2, _ := newMovingCluster(func(*movingCluster, int, string) {})
	twice := make(map[string]int)
	New("fakestore", c2, "app:").Each(ctx, func(token string, _ []byte) error { twice[token]++; return nil })
	if !maps.Equal(shown, twice) {
		t.Errorf("Each showed %v in two passes; want %v as in one", shown, twice)
	}
}

// TestPartOfCluster: primaries that disagree on being a Cluster's are an error.
func TestPartOfCluster(t *testing.T) {
	c, _ := newMovingCluster(func(*movingCluster, int, string) {})
	s := New("fakestore", partOfCluster{c}, "app:")
	if all, err := s.All(ctx); all != nil || err == nil || !strings.Contains(err.Error(), "1 of 2") {
		t.Errorf("All = %d sessions, %v; want an error", len(all), err)
	}
}

type partOfCluster struct{ *movingCluster }

func (c partOfCluster) EachShard(ctx context.Context, visit func(context.Context, Shard) error) error {
	if err := visit(ctx, fakeShard{c.fake, 0}); err != nil {
		return err
	}
	return visit(ctx, movingShard{fakeShard{c.fake, 1}, c.movingCluster, "B"})
}
