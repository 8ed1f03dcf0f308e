package redistest

import (
	"net"
	"strconv"
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

// StartMigration begins to move slot, which from has, to another primary of the
// cluster that has these nodes.
func StartMigration(tb testing.TB, nodes []*Server, slot int, from, to *Server) *Migration {
	tb.Helper()
	m := &Migration{
		nodes: nodes, slot: strconv.Itoa(slot), from: from, to: to,
		fromID: from.Do(tb, "CLUSTER", "MYID").(string),
		toID:   to.Do(tb, "CLUSTER", "MYID").(string),
	}
	to.Do(tb, "CLUSTER", "SETSLOT", m.slot, "IMPORTING", m.fromID)
	from.Do(tb, "CLUSTER", "SETSLOT", m.slot, "MIGRATING", m.toID)
	return m
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
	// The new primary first, so that at no time there is none.
	m.to.Do(tb, "CLUSTER", "SETSLOT", m.slot, "NODE", m.toID)
	m.from.Do(tb, "CLUSTER", "SETSLOT", m.slot, "NODE", m.toID)
	for _, node := range m.nodes {
		if node != m.from && node != m.to {
			node.Do(tb, "CLUSTER", "SETSLOT", m.slot, "NODE", m.toID)
		}
	}
}

// MoveSlot moves slot, which from has, to another primary.
func MoveSlot(tb testing.TB, nodes []*Server, slot int, from, to *Server) {
	tb.Helper()
	StartMigration(tb, nodes, slot, from, to).Finish(tb)
}

// KeySlot returns the slot of key.
func (s *Server) KeySlot(tb testing.TB, key string) int {
	tb.Helper()
	return int(s.Do(tb, "CLUSTER", "KEYSLOT", key).(int64))
}
