package redigostore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestFindInEach: Each holds no connection while its function runs, so that the
// function has the only one of a pool that does not wait.
func TestFindInEach(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := &redis.Pool{MaxActive: 1, MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) }}
	defer pool.Close()
	s := redigostore.New(pool)
	const n = 5000
	for i := range n {
		if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	shown := make(map[string]bool)
	err := s.Each(t.Context(), func(token string, _ []byte) error {
		shown[token] = true
		b, found, err := s.Find(token)
		if string(b) != "data" || !found || err != nil {
			return fmt.Errorf("find in Each = %q, %v, %w", b, found, err)
		}
		return nil
	})
	if len(shown) != n || err != nil {
		t.Errorf("Each showed %d sessions, %v; want %d", len(shown), err, n)
	}
}

// TestOneNode: on one node of a Cluster All and Each are an error, unless the
// node has all slots.
func TestOneNode(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	single := redistest.Start(t, redistest.Options{Cluster: true})
	single.Do(t, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(single.Do(t, "CLUSTER", "INFO").(string), "cluster_state:ok") {
		if time.Now().After(deadline) {
			t.Fatal("the node is not up after 10 s")
		}
		time.Sleep(10 * time.Millisecond)
	}
	const n = 30
	for _, test := range []struct {
		name   string
		server *redistest.Server
		whole  bool
	}{{"OneOfThree", nodes[0], false}, {"AllSlots", single, true}} {
		t.Run(test.name, func(t *testing.T) {
			pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", test.server.Addr) }}
			defer pool.Close()
			s := redigostore.New(pool)
			stored := 0
			for i := range n {
				err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour))
				switch {
				case err == nil:
					stored++
				case test.whole || !strings.Contains(err.Error(), "MOVED") || !strings.Contains(err.Error(), "Cluster"):
					t.Errorf("Commit = %v; want a MOVED with what to look at, if any", err)
				}
			}
			if stored == 0 || (stored == n) != test.whole {
				t.Fatalf("%d of %d sessions are stored", stored, n)
			}
			all, err := s.All()
			shown := 0
			eachErr := s.Each(t.Context(), func(string, []byte) error { shown++; return nil })
			if test.whole {
				if len(all) != n || err != nil {
					t.Errorf("All = %d sessions, %v; want %d", len(all), err, n)
				}
				if shown != n || eachErr != nil {
					t.Errorf("Each showed %d sessions, %v; want %d", shown, eachErr, n)
				}
				return
			}
			if all != nil || err == nil || !strings.Contains(err.Error(), "Cluster") {
				t.Errorf("All = %d sessions, %v; want an error that says what to look at", len(all), err)
			}
			if eachErr == nil {
				t.Errorf("Each showed %d sessions and returned nil; want an error", shown)
			}
		})
	}
}
