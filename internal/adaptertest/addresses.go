package adaptertest

import (
	"net"
	"slices"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// testAddresses: the nodes of a Cluster tell clients IPv6 addresses, or a port alone,
// also of a slot that moves.
func testAddresses(t *testing.T, p pair) {
	for name, args := range map[string][]string{
		"IPv6":   {"--bind", "127.0.0.1", "::1", "--cluster-announce-ip", "::1"},
		"NoHost": {"--cluster-preferred-endpoint-type", "unknown-endpoint"},
	} {
		if slices.Contains(p.Unreachable, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
				l.Close()
			} else if name == "IPv6" {
				t.Skip("this machine has no IPv6: ", err)
			}
			cluster := redistest.StartReplicatedCluster(t, redistest.Options{Args: args})
			h := halfway{nodes: cluster.Primaries, open: func(tb testing.TB) Store { return p.open(tb, p.at(cluster.Addrs()...)) }}
			h.test(t, "{a}", h.next)
		})
	}
}
