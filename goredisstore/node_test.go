package goredisstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
)

// list returns what All and Each return.
func list(s *goredisstore.Store) map[string]func() (int, error) {
	return map[string]func() (int, error){
		"All": func() (int, error) {
			all, err := s.All()
			return len(all), err
		},
		"Each": func() (int, error) {
			seen := make(map[string]bool)
			err := s.Each(context.Background(), func(token string, _ []byte) error {
				seen[token] = true
				return nil
			})
			return len(seen), err
		},
	}
}

// TestNodeOfCluster: a client that is on one node of a Cluster lists all sessions
// or none, and so does a type that hides a ClusterClient.
func TestNodeOfCluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nodes[0].Addr}})
	defer client.Close()
	s := goredisstore.New(client)
	const n = 30
	for i := range n {
		if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	for name, call := range list(s) {
		if got, err := call(); got != n || err != nil {
			t.Errorf("%s with a ClusterClient = %d sessions, %v; want %d", name, got, err, n)
		}
	}
	one := redis.NewClient(&redis.Options{Addr: nodes[0].Addr})
	defer one.Close()
	for name, call := range list(goredisstore.New(one)) {
		if _, err := call(); err == nil || !strings.Contains(err.Error(), "is the client one for a Cluster?") {
			t.Errorf("%s with a client on one node = %v; want an error that asks for one for a Cluster", name, err)
		}
	}
	for name, call := range list(goredisstore.New(struct{ redis.UniversalClient }{client})) {
		if _, err := call(); err == nil || !strings.Contains(err.Error(), "ForEachMaster") {
			t.Errorf("%s with a type that hides a ClusterClient = %v; want an error that says so", name, err)
		}
	}
}

// TestWholeNode: a node that has all slots has all sessions, so any client on it
// lists them.
func TestWholeNode(t *testing.T) {
	t.Parallel()
	node := redistest.Start(t, redistest.Options{Cluster: true})
	node.Do(t, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	client := redis.NewClient(&redis.Options{Addr: node.Addr, MaxRetries: 20}) // until the Cluster is up
	defer client.Close()
	for name, c := range map[string]goredisstore.Client{"Client": client, "Wrapped": struct{ *redis.Client }{client}} {
		s := goredisstore.New(c)
		for i := range 10 {
			if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
				t.Fatalf("%s: Commit = %v", name, err)
			}
		}
		for call, list := range list(s) {
			if got, err := list(); got != 10 || err != nil {
				t.Errorf("%s: %s = %d sessions, %v; want 10", name, call, got, err)
			}
		}
	}
}

// TestListingRetries: the clients that go-redis has for the nodes of a Cluster or
// Ring make one attempt, so a connection that breaks would be an error.
func TestListingRetries(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	addr := server.Addr
	host, port, _ := strings.Cut(addr, ":")
	const id = "07c37dfeb235213a872192d90877d0cd55635b91"
	var hangups atomic.Int32
	server.Reply(func(args []string) string {
		switch args[0] {
		case "INFO":
			if hangups.Add(-1) >= 0 {
				return redistest.Hangup
			}
			return redistest.Bulk("redis_mode:cluster\r\nrun_id:1\r\n")
		case "CLUSTER":
			if strings.EqualFold(args[1], "NODES") {
				return redistest.Bulk(id + " " + addr + "@1 myself,master - 0 0 1 connected 0-16383\n")
			}
			return "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n" + redistest.Bulk(host) + ":" + port + "\r\n" + redistest.Bulk(id)
		case "SCAN":
			return "*2\r\n" + redistest.Bulk("0") + "*1\r\n" + redistest.Bulk("scs:session:token")
		case "MGET":
			return "*1\r\n" + redistest.Bulk("data")
		}
		return redistest.Greet(args)
	})
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}})
	defer cluster.Close()
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"shard": addr}})
	defer ring.Close()
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	for name, c := range map[string]goredisstore.Client{"Cluster": cluster, "Ring": ring, "Client": client} {
		for call, list := range list(goredisstore.New(c)) {
			hangups.Store(2)
			if got, err := list(); got != 1 || err != nil {
				t.Errorf("%s: %s = %d sessions, %v; want 1", name, call, got, err)
			}
		}
	}
}
