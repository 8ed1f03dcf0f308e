package goredisstore_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

// TestIPv6: a server at an IPv6 address, and a Cluster that tells clients such
// addresses, also of a slot that has moved.
func TestIPv6(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on this machine: %v", err)
	}
	l.Close()
	bind := []string{"--bind", "127.0.0.1", "::1"}
	v6 := func(s *redistest.Server) string {
		_, port, _ := net.SplitHostPort(s.Addr)
		return net.JoinHostPort("::1", port)
	}
	use := func(t *testing.T, s *goredisstore.Store, between func()) {
		t.Helper()
		const n = 30
		for i := range n {
			if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
				t.Fatalf("Commit = %v", err)
			}
		}
		between()
		for i := range n {
			if b, found, err := s.Find(fmt.Sprint("token", i)); string(b) != "data" || !found || err != nil {
				t.Errorf("Find = %q, %v, %v; want data, true, <nil>", b, found, err)
			}
		}
		if all, err := s.All(); len(all) != n || err != nil {
			t.Errorf("All = %d sessions, %v; want %d", len(all), err, n)
		}
	}
	t.Run("Client", func(t *testing.T) {
		t.Parallel()
		client := redis.NewClient(&redis.Options{Addr: v6(redistest.Start(t, redistest.Options{Args: bind}))})
		defer client.Close()
		use(t, goredisstore.New(client), func() {})
	})
	t.Run("Cluster", func(t *testing.T) {
		t.Parallel()
		cluster := redistest.StartReplicatedCluster(t, redistest.Options{Args: append(bind, "--cluster-announce-ip", "::1")})
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{v6(cluster.Primaries[0])}})
		defer client.Close()
		use(t, goredisstore.New(client), func() {
			slot := cluster.Primaries[0].KeySlot(t, "scs:session:token0")
			from := slot * 3 / 16384
			redistest.MoveSlot(t, cluster.Primaries, slot, cluster.Primaries[from], cluster.Primaries[(from+1)%3])
		})
	})
}
