package rueidisstore_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// wantAllSoon calls All until it is complete. It may be an error meanwhile, but
// never a part.
func wantAllSoon(t *testing.T, s *rueidisstore.Store, n int, within time.Duration) {
	t.Helper()
	start := time.Now()
	for {
		all, err := s.All()
		switch {
		case err == nil && len(all) == n:
			t.Logf("All of %d sessions after %v", n, time.Since(start))
			return
		case err == nil:
			t.Fatalf("All = %d of %d sessions, <nil>; want all, or an error", len(all), n)
		case time.Since(start) > within:
			t.Fatalf("All after %v = %v; want %d sessions", time.Since(start), err, n)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func commitNumbered(t *testing.T, s *rueidisstore.Store, n int) {
	t.Helper()
	for i := range n {
		if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestListingLearnsOfPrimary: a client that does nothing but list learns of a
// primary that joins its Cluster.
func TestListingLearnsOfPrimary(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	nodes := redistest.StartCluster(t)
	s := rueidisstore.New(connect(t, quick(nodes[0].Addr)))
	commitNumbered(t, rueidisstore.New(connect(t, quick(nodes[0].Addr))), 300)
	wantAllSoon(t, s, 300, 0)

	added := redistest.Start(t, redistest.Options{Cluster: true})
	added.Meet(t, nodes)
	id := added.Do(t, "CLUSTER", "MYID").(string)
	for slot := range 300 { // of which none has a session
		if n := nodes[0].Do(t, "CLUSTER", "COUNTKEYSINSLOT", strconv.Itoa(slot)); n != int64(0) {
			continue
		}
		for _, node := range append(nodes, added) {
			node.Do(t, "CLUSTER", "SETSLOT", strconv.Itoa(slot), "NODE", id)
		}
	}
	wantAllSoon(t, s, 300, 5*time.Second)
}

// TestListingAfterFailover: a client that does nothing but list finds the new
// primary.
func TestListingAfterFailover(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{Args: []string{"--cluster-node-timeout", "1000"}})
	s := rueidisstore.New(connect(t, quick(cluster.Addrs()...)))
	commitNumbered(t, rueidisstore.New(connect(t, quick(cluster.Addrs()...))), 300)
	wantAllSoon(t, s, 300, 0)
	offset := func(server *redistest.Server, field string) int {
		n, _ := strconv.Atoi(server.Info(t, "replication", field))
		return n
	}
	written := offset(cluster.Primaries[0], "master_repl_offset")
	redistest.Poll(t, "the replica has the sessions", func() bool {
		return offset(cluster.Replicas[0], "slave_repl_offset") >= written
	})
	cluster.Primaries[0].Stop(t)
	wantAllSoon(t, s, 300, 20*time.Second)
}
