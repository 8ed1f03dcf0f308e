// Code generated from rueidisstore/cluster_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore/rueian"
)

func openCluster(tb testing.TB, addrs []string) adaptertest.Store {
	return openNodes(tb, addrs, "", rueidisstore.Options{})
}

func openSentinel(tb testing.TB, addrs []string) adaptertest.Store {
	return openNodes(tb, addrs, redistest.SentinelName, rueidisstore.Options{})
}

// openNodes opens a store on a Cluster, or on the primary that sentinels call by
// a name.
func openNodes(tb testing.TB, addrs []string, name string, opts rueidisstore.Options) adaptertest.Store {
	dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:      addrs,
		Dialer:           dialer,
		ConnWriteTimeout: time.Second,
		Sentinel:         rueidis.SentinelOption{MasterSet: name, Dialer: dialer},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return rueidisstore.NewWithOptions(client, opts)
}

func TestCluster(t *testing.T) {
	t.Parallel()
	adaptertest.Cluster(t, 6*time.Second, openCluster)
}

func TestMigration(t *testing.T) {
	t.Parallel()
	adaptertest.Migration(t, openCluster)
}

func TestHalfway(t *testing.T) {
	t.Parallel()
	adaptertest.Halfway(t, openCluster)
}

func TestUnsettled(t *testing.T) {
	t.Parallel()
	adaptertest.Unsettled(t, openCluster)
}

func TestReplicaDown(t *testing.T) {
	t.Parallel()
	adaptertest.ReplicaDown(t, openCluster)
}

// TestNewPrimary: a client that has not heard of a new primary must not pass
// the sessions of the others for all.
func TestNewPrimary(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	s := openCluster(t, []string{nodes[0].Addr})
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
	// The first key of which the new primary has the slot.
	fresh := openCluster(t, []string{added.Addr})
	for i := 0; added.Do(t, "DBSIZE") == int64(0); i++ {
		if err := fresh.Commit(strconv.Itoa(i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	want, err := fresh.All()
	if err != nil {
		t.Fatalf("All of a client that knows the new primary = %v", err)
	}
	if all, err := s.All(); err == nil && len(all) != len(want) {
		t.Errorf("All = %d of %d sessions, <nil>; want all, or an error", len(all), len(want))
	}
}
