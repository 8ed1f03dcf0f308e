package adaptertest

import (
	"fmt"
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
			nodes := cluster.Primaries
			s := p.open(t, p.at(cluster.Addrs()...))
			want := make(map[string]string)
			for i := range 50 {
				token := fmt.Sprintf("{%d}", i%10)
				want[token+newToken()] = fmt.Sprint("data ", i)
			}
			for token, data := range want {
				MustCommit(t, s, token, data)
			}
			slot := nodes[0].KeySlot(t, "{0}")
			from := owner(slot)
			move := redistest.StartMigration(t, nodes, slot, nodes[from], nodes[(from+1)%3])
			move.MoveKeys(t, 2)
			for _, end := range []func(testing.TB){func(testing.TB) {}, move.Finish} {
				end(t)
				for token, data := range want {
					WantFound(t, s, token, data)
				}
				WantListed(t, s, want)
			}
		})
	}
}
