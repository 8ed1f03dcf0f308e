package adaptertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testMigration: slots move between three primaries, one after the other. Every call
// works as at other times.
func testMigration(t *testing.T, p pair) {
	servers := p.start(t)
	nodes, s := servers.Nodes, p.open(t, p.on(servers))
	m := &migration{store: s, sessions: make(map[string]string)}
	slots := m.commitAll(t, nodes[0])

	m.run(t, m.list)
	m.run(t, m.read)
	m.run(t, m.write)
	moved := 0
	for start := time.Now(); !t.Failed() && (time.Since(start) < 2*time.Second || moved < 20 || m.lists.Load() < 3); moved++ {
		slot, round := slots[moved%len(slots)], moved/len(slots)
		from := owner(slot) + round
		redistest.MoveSlot(t, nodes, slot, nodes[from%3], nodes[(from+1)%3])
	}
	m.end()
	t.Logf("%d slots moved; %d Alls", moved, m.lists.Load())
	if err := m.list(); err != nil {
		t.Errorf("at rest: %v", err)
	}
}

// migration is a store in use while slots move.
type migration struct {
	store    Store
	sessions map[string]string // that live throughout
	tokens   []string          // theirs
	stopped  atomic.Bool
	workers  sync.WaitGroup

	lists   atomic.Int32
	used    atomic.Int32 // sessions that were committed and deleted
	mu      sync.Mutex
	deleted []string
}

// Many slots with a few sessions each, and more sessions than fit a page of SCAN.
const (
	movingSlots     = 300
	sessionsPerSlot = 20
)

// commitAll commits the sessions and returns their slots.
func (m *migration) commitAll(t *testing.T, node *redistest.Server) []int {
	slots := make([]int, movingSlots)
	for tag := range slots {
		for range sessionsPerSlot {
			token := fmt.Sprintf("{%d}%s", tag, newToken())
			m.tokens = append(m.tokens, token)
			m.sessions[token] = fmt.Sprint("data ", len(m.sessions))
			MustCommit(t, m.store, token, m.sessions[token])
		}
		slots[tag] = node.KeySlot(t, fmt.Sprintf("{%d}", tag))
	}
	return slots
}

// owner is the primary that a slot belongs to at first.
func owner(slot int) int { return (slot*3 + 2) / 16384 }

// run calls work in a goroutine of its own, again and again, until its first
// error or the end.
func (m *migration) run(t *testing.T, work func() error) {
	m.workers.Add(1)
	go func() {
		defer m.workers.Done()
		for !m.stopped.Load() {
			if err := work(); err != nil {
				t.Errorf("while slots move: %v", err)
				return
			}
		}
	}()
}

// end waits for all that run has started.
func (m *migration) end() {
	m.stopped.Store(true)
	m.workers.Wait()
}

// list wants from All every session that lives throughout, and none that was deleted
// before the call.
func (m *migration) list() error {
	m.mu.Lock()
	gone := m.deleted
	m.mu.Unlock()
	all, err := m.store.All()
	if err != nil {
		return err
	}
	for token, data := range m.sessions {
		if string(all[token]) != data {
			return fmt.Errorf("%d sessions listed, but not one of the %d that stay", len(all), len(m.sessions))
		}
	}
	for _, token := range gone {
		if _, back := all[token]; back {
			return errors.New("a session is listed that was deleted before")
		}
	}
	m.lists.Add(1)
	return nil
}

// read finds a session, and commits it again.
func (m *migration) read() error {
	token := m.tokens[rand.IntN(len(m.tokens))]
	if err := m.find(token, m.sessions[token]); err != nil {
		return err
	}
	return m.commit(token, m.sessions[token])
}

// write uses a session in a slot that moves.
func (m *migration) write() error {
	token := fmt.Sprintf("{%d}%s", rand.IntN(movingSlots), newToken())
	err := m.use(token, "data")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deleted = append(m.deleted, token)
	return err
}

// use commits, finds and deletes a session.
func (m *migration) use(token, data string) error {
	if err := m.commit(token, data); err != nil {
		return err
	}
	if err := m.find(token, data); err != nil {
		return err
	}
	if err := m.store.Delete(token); err != nil {
		return err
	}
	m.used.Add(1)
	if b, found, err := m.store.Find(token); found || err != nil {
		return fmt.Errorf("find a deleted session: %q, %v, %v; want no session", b, found, err)
	}
	return nil
}

func (m *migration) commit(token, data string) error {
	return m.store.Commit(token, []byte(data), time.Now().Add(time.Hour))
}

func (m *migration) find(token, data string) error {
	b, found, err := m.store.Find(token)
	if string(b) != data || !found || err != nil {
		return fmt.Errorf("find: %q, %v, %v; want %q, true, <nil>", b, found, err, data)
	}
	return nil
}

// testReplicaDown: a store on a Cluster whose primaries have replicas lists every
// session of the primaries, also while a replica is down, and asks no replica.
func testReplicaDown(t *testing.T, p pair) {
	c := redistest.StartReplicatedCluster(t, redistest.Options{})
	s := p.open(t, p.at(c.Addrs()...))
	want := commitMany(t, s, 300)
	WantListed(t, s, want)
	c.Replicas[0].Stop(t)
	for server, scans := range map[*redistest.Server]int{c.Replicas[1]: 0, c.Replicas[2]: 0, c.Primaries[0]: 3} {
		if n := server.Commands(t, func() { WantListed(t, s, want) })["scan"]; n != scans {
			t.Errorf("All and Each sent %d SCANs to a server; want %d", n, scans)
		}
	}
}
