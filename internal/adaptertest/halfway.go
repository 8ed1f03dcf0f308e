package adaptertest

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// testHalfway: a slot is halfway between two primaries. Then it has moved, but the client
// has not heard of it. The client has one connection to each node: a call that needs a
// second one while it holds one waits for ever.
func testHalfway(t *testing.T, p pair) {
	servers := p.start(t)
	nodes, target := servers.Nodes, p.on(servers)
	target.Connections = 1
	h := halfway{nodes: nodes, open: func(tb testing.TB) Store { return p.open(tb, target) }}
	t.Run("Primary", func(t *testing.T) {
		h.test(t, "{a}", h.next)
	})
	t.Run("NewPrimary", func(t *testing.T) {
		added := redistest.Start(t, redistest.Options{Cluster: true})
		added.Meet(t, nodes)
		h.nodes = append(nodes, added)
		h.added = true
		h.test(t, "{b}", func(int) *redistest.Server { return added })
	})
}

type halfway struct {
	nodes []*redistest.Server
	open  func(tb testing.TB) Store

	// added says that the slot is the first of its new primary. No client hears of
	// that primary before the slot has moved, so none can list its sessions until then.
	added bool
}

// next returns the primary after another.
func (h halfway) next(from int) *redistest.Server { return h.nodes[(from+1)%3] }

func (h halfway) test(t *testing.T, tag string, other func(from int) *redistest.Server) {
	const n = 20
	s := h.open(t)
	sessions := make(map[string]string)
	for i := range n {
		token := tag + newToken()
		sessions[token] = fmt.Sprint("data ", i)
		MustCommit(t, s, token, sessions[token])
	}
	// Each of these learns of the move from its own first call after it.
	finding, committing, deleting, listing := h.open(t), h.open(t), h.open(t), h.open(t)

	slot := h.nodes[0].KeySlot(t, tag)
	from, to := h.nodes[owner(slot)], other(owner(slot))
	move := redistest.StartMigration(t, h.nodes, slot, from, to)
	move.MoveKeys(t, n/2)
	var stayed, moved []string
	keys, _ := from.Do(t, "CLUSTER", "GETKEYSINSLOT", strconv.Itoa(slot), "100").([]any)
	for token := range sessions {
		if slices.Contains(keys, any(prefix+token)) {
			stayed = append(stayed, token)
		} else {
			moved = append(moved, token)
		}
	}
	if len(stayed) != n/2 {
		t.Fatalf("%d of %d sessions have stayed; want half", len(stayed), n)
	}

	// Many calls at once: one that is redirected must not break others.
	together(8, func(int) {
		for token, data := range sessions {
			WantFound(t, s, token, data)
		}
		WantMissing(t, s, tag+newToken())
	})
	fresh := tag + newToken()
	for _, token := range []string{stayed[0], moved[0], fresh} {
		sessions[token] = "changed"
		MustCommit(t, s, token, "changed")
		WantFound(t, s, token, "changed")
	}
	for _, token := range []string{stayed[1], moved[1], tag + newToken()} {
		delete(sessions, token)
		mustDelete(t, s, token)
		WantMissing(t, s, token)
	}
	h.wantListed(t, s, tag, sessions, h.added)

	move.Finish(t)
	WantFound(t, finding, fresh, "changed")
	sessions[fresh] = "again"
	// Each reads what it wrote itself: a cache may show the write of another one later.
	MustCommit(t, committing, fresh, "again")
	WantFound(t, committing, fresh, "again")
	WantFound(t, s, stayed[2], sessions[stayed[2]])
	h.wantListed(t, listing, tag, sessions, h.added)
	delete(sessions, fresh)
	mustDelete(t, deleting, fresh)
	WantMissing(t, deleting, fresh)
	redistest.WaitFor(t, "All after the move", func() error { _, err := s.All(); return err })
	h.wantListed(t, s, tag, sessions, false)
}

// wantListed wants all sessions with the tag from each listing, or with orError an error.
func (h halfway) wantListed(t *testing.T, s Store, tag string, sessions map[string]string, orError bool) {
	t.Helper()
	for name, list := range Listings(t.Context(), s) {
		got, err := list()
		maps.DeleteFunc(got, func(token, _ string) bool { return !strings.HasPrefix(token, tag) })
		if err == nil && !maps.Equal(got, sessions) || err != nil && !orError {
			t.Errorf("%s = %d sessions, %v; want the %d that there are", name, len(got), err, len(sessions))
		}
		if orError {
			return // one may take all passes of a listing
		}
	}
}

func mustDelete(t *testing.T, s Store, token string) {
	t.Helper()
	if err := s.Delete(token); err != nil {
		t.Fatalf("Delete = %v", err)
	}
}

// testUnsettled: a node says twice that it cannot serve a slot now, or closes the
// connection. A call makes another attempt. The nodes are scripted, because no real node
// can be made to do so for a moment only.
func testUnsettled(t *testing.T, p pair) {
	for _, test := range []struct {
		name, refusal string
		times         int32
	}{
		{"TRYAGAIN", "-TRYAGAIN Multiple keys request during rehashing of slot\r\n", 2},
		{"CLUSTERDOWN", "-CLUSTERDOWN The cluster is down\r\n", 2},
		{"Hangup", redistest.Hangup, 1},
	} {
		if p.topology.Kind == Ring && test.refusal != redistest.Hangup {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token := newToken()
			server := redistest.StartScripted(t)
			var refusals atomic.Int32
			healthy := healthy(token, "data")
			if p.topology.Kind == Cluster {
				healthy = clusterNode([]string{server.Addr}, 0, healthy)
			}
			server.Reply(func(args []string) string {
				switch args[0] {
				case "GET", "GETEX", "MGET", "SET", "DEL":
					if refusals.Add(-1) >= 0 {
						return test.refusal
					}
				}
				return healthy(args)
			})
			s := p.open(t, p.at(server.Addr))
			for name, call := range Calls(t.Context(), s, token, "data") {
				refusals.Store(test.times)
				if err := call(); err != nil {
					t.Errorf("%s = %v; want no error", name, err)
				}
				if n := refusals.Load(); n > 0 {
					t.Errorf("%s: %d refusals left; want none", name, n)
				}
			}
		})
	}
}

// clusterNode answers as one of the primaries of a Cluster that share the slots evenly,
// and leaves other commands to answer.
func clusterNode(addrs []string, self int, answer redistest.Answer) redistest.Answer {
	slots := fmt.Sprintf("*%d\r\n", len(addrs))
	var own string
	for i, addr := range addrs {
		host, port, _ := net.SplitHostPort(addr)
		id := fmt.Sprintf("%040d", i)
		first, last := i*16384/len(addrs), (i+1)*16384/len(addrs)-1
		slots += fmt.Sprintf("*3\r\n:%d\r\n:%d\r\n*3\r\n%s:%s\r\n%s", first, last, redistest.Bulk(host), port, redistest.Bulk(id))
		if i == self {
			own = fmt.Sprintf("%s %s@1 myself,master - 0 0 1 connected %d-%d\n", id, addr, first, last)
		}
	}
	return func(args []string) string {
		switch strings.ToUpper(strings.Join(args[:min(2, len(args))], " ")) {
		case "CLUSTER SLOTS":
			return slots
		case "CLUSTER NODES":
			return redistest.Bulk(own)
		case "INFO SERVER":
			return redistest.Bulk("redis_mode:cluster\r\nrun_id:1\r\n")
		}
		return answer(args)
	}
}
