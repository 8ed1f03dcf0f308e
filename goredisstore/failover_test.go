package goredisstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelFailover(t, 10*time.Second, func(tb testing.TB, addrs []string) adaptertest.Store {
		client := redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: redistest.SentinelName, SentinelAddrs: addrs, DialTimeout: time.Second, ReadTimeout: time.Second,
		})
		tb.Cleanup(func() { client.Close() })
		return goredisstore.New(client)
	})
}

func TestClusterFailover(t *testing.T) {
	t.Parallel()
	adaptertest.ClusterFailover(t, 15*time.Second, openCluster)
}

func TestDemotion(t *testing.T) {
	t.Parallel()
	adaptertest.Demotion(t, func(tb testing.TB, addrs []string) adaptertest.Store {
		client := redis.NewClient(&redis.Options{Addr: addrs[0], DialTimeout: time.Second, ReadTimeout: time.Second})
		tb.Cleanup(func() { client.Close() })
		return goredisstore.New(client)
	})
}

// TestReadOnlyDemotion: a primary that has become a replica sends a client away,
// but not one that may read from replicas, which it answers what it still has.
func TestReadOnlyDemotion(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{})
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ReadOnly: true})
	defer client.Close()
	s := goredisstore.New(client)
	slot := cluster.Primaries[0].KeySlot(t, "{moving}")
	successor := cluster.Replicas[slot*3/16384]
	const n = 100
	for i := range n {
		if err := s.Commit(fmt.Sprint("{moving}", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	// What it was the primary of is to hear nothing of what follows.
	successor.Do(t, "ACL", "SETUSER", "default", "-psync", "-sync")
	successor.Do(t, "CLUSTER", "FAILOVER")
	for deadline := time.Now().Add(20 * time.Second); successor.Info(t, "replication", "role") != "master"; {
		if time.Now().After(deadline) {
			t.Fatal("the replica does not take over")
		}
	}
	for i := range n {
		token := fmt.Sprint("{moving}", i)
		if err := s.Delete(token); err != nil {
			t.Fatalf("Delete = %v", err)
		}
		if b, found, err := s.Find(token); found || err != nil {
			t.Errorf("Find of session %d after Delete = %q, %v, %v; want nil, false, <nil>", i, b, found, err)
		}
	}
}
