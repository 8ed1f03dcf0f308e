package redistest

import (
	"maps"
	"net"
	"strconv"
	"strings"
	"testing"
)

// Migration is the move of a slot from one primary of a Cluster to another, in
// the steps of redis-cli, so that a test can act in the middle of it.
type Migration struct {
	nodes    []*Server
	slot     string
	from, to *Server
	fromID   string
	toID     string
}

// StartMigration begins to move a slot between two primaries of the cluster that has
// these nodes.
func StartMigration(tb testing.TB, nodes []*Server, slot int, from, to *Server) *Migration {
	tb.Helper()
	Poll(tb, "the nodes agree on their epochs", func() bool { return agree(tb, nodes) })
	for _, node := range nodes { // a node that is not up takes no keys
		Poll(tb, "the cluster is up", func() bool {
			info, _ := node.Do(tb, "CLUSTER", "INFO").(string)
			return infoField(info, "cluster_state") == "ok"
		})
	}
	m := &Migration{
		nodes: nodes, slot: strconv.Itoa(slot), from: from, to: to,
		fromID: from.Do(tb, "CLUSTER", "MYID").(string),
		toID:   to.Do(tb, "CLUSTER", "MYID").(string),
	}
	to.Do(tb, "CLUSTER", "SETSLOT", m.slot, "IMPORTING", m.fromID)
	from.Do(tb, "CLUSTER", "SETSLOT", m.slot, "MIGRATING", m.toID)
	return m
}

// agree reports whether all nodes know the same epoch of each primary, and each primary
// has another epoch. Otherwise a new primary may take an epoch that is not the highest.
// It then believes a late message of the old primary that still claims the slot, and
// drops its keys.
func agree(tb testing.TB, nodes []*Server) bool {
	tb.Helper()
	var first map[string]string // ID by epoch
	for i, node := range nodes {
		epochs, primaries := make(map[string]string), 0
		for line := range strings.Lines(node.Do(tb, "CLUSTER", "NODES").(string)) {
			// ID ADDRESS FLAGS PRIMARY PING PONG EPOCH LINK SLOTS...
			fields := strings.Fields(line)
			if strings.Contains(fields[2], "master") {
				epochs[fields[6]] = fields[0]
				primaries++
			}
		}
		if i == 0 {
			first = epochs
		}
		if len(epochs) != primaries || !maps.Equal(epochs, first) {
			return false
		}
	}
	return true
}

// MoveKeys moves at most n keys and returns how many it has moved.
func (m *Migration) MoveKeys(tb testing.TB, n int) int {
	tb.Helper()
	keys := m.from.Do(tb, "CLUSTER", "GETKEYSINSLOT", m.slot, strconv.Itoa(n)).([]any)
	if len(keys) == 0 {
		return 0
	}
	host, port, _ := net.SplitHostPort(m.to.Addr)
	args := []string{"MIGRATE", host, port, "", "0", "10000", "KEYS"}
	for _, key := range keys {
		args = append(args, key.(string))
	}
	m.from.Do(tb, args...) // NOKEY if all have gone meanwhile
	return len(keys)
}

// Finish moves the keys that are left and gives the slot to its new primary.
func (m *Migration) Finish(tb testing.TB) {
	tb.Helper()
	for m.MoveKeys(tb, 100) > 0 {
	}
	// The new primary is told first, so that the slot always has one.
	m.to.Do(tb, "CLUSTER", "SETSLOT", m.slot, "NODE", m.toID)
	m.from.Do(tb, "CLUSTER", "SETSLOT", m.slot, "NODE", m.toID)
	for _, node := range m.nodes {
		if node != m.from && node != m.to {
			node.Do(tb, "CLUSTER", "SETSLOT", m.slot, "NODE", m.toID)
		}
	}
}

// MoveSlot moves a slot from one primary to another.
func MoveSlot(tb testing.TB, nodes []*Server, slot int, from, to *Server) {
	tb.Helper()
	StartMigration(tb, nodes, slot, from, to).Finish(tb)
}

// KeySlot returns the slot of key.
func (s *Server) KeySlot(tb testing.TB, key string) int {
	tb.Helper()
	return int(s.Do(tb, "CLUSTER", "KEYSLOT", key).(int64))
}
