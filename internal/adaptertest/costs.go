package adaptertest

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// patient is target with waits that a busy machine does not exceed.
func (a Adapter) patient(server *redistest.Server) Target {
	target := a.target(server)
	target.Timeout = 10 * time.Second
	return target
}

// counted runs f and returns how often the server executed each command meanwhile,
// without those that open and look after connections.
func counted(t *testing.T, server *redistest.Server, f func()) map[string]int {
	t.Helper()
	commands := server.Commands(t, f)
	maps.DeleteFunc(commands, func(name string, _ int) bool {
		return name == "ping" || name == "hello" || strings.HasPrefix(name, "client|")
	})
	return commands
}

// testScanLength: a listing blocks the server's other clients for a short time only: no
// SCAN looks at more than a thousand keys, and no KEYS is sent. It takes few round trips.
func testScanLength(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.open(t, a.patient(server))
	const n = 20_000
	fill(t, server, n, 100)
	commands := server.Commands(t, func() {
		if all, err := s.All(); len(all) != n || err != nil {
			t.Fatalf("All = %d sessions, %v; want %d", len(all), err, n)
		}
	})
	if scans := commands["scan"]; scans < n/1000 || scans > 3*n/1000 || commands["keys"] > 0 {
		t.Errorf("All of %d sessions: %d SCANs and %d KEYS; want %d to %d, and 0", n, scans, commands["keys"], n/1000, 3*n/1000)
	}
}

// eachHeap checks that Each needs little memory, however many sessions there are.
func eachHeap(t *testing.T, a Adapter) {
	Long(t)
	server := redistest.Start(t, redistest.Options{})
	s := a.open(t, a.patient(server))
	const n = 500_000
	fill(t, server, n, listedSize)
	WantMissing(t, s, "missing") // connects
	seen := 0
	wantHeap(t, 16<<20, func() error {
		return s.Each(context.Background(), func(string, []byte) error { seen++; return nil })
	})
	if seen < n {
		t.Errorf("Each showed %d sessions; want %d", seen, n)
	}
}

// indexHeap checks that IndexUserSessions finds all sessions, and needs a third of
// their size at most: a client may keep the commands of its last thousand pipelines.
func indexHeap(t *testing.T, a Adapter) {
	Long(t)
	server := redistest.Start(t, redistest.Options{})
	target := a.patient(server)
	target.UserKey = users.userKey
	s := a.open(t, target)
	const n = 100_000
	tokens := fillUsers(t, server, n, 1000, false)
	wantUserSessions(t, s, "user0000007") // connects
	wantHeap(t, 32<<20, func() error { return s.IndexUserSessions(t.Context()) })
	indexed := make([]string, n/sessionsPerUser)
	for i := range indexed {
		indexed[i] = fmt.Sprintf("user%07d", i)
	}
	for i := 7; i < len(indexed); i += 100 {
		var want []string
		for _, session := range tokens[i*sessionsPerUser:][:sessionsPerUser] {
			want = append(want, session.token)
		}
		wantUserSessions(t, s, indexed[i], want...)
	}
	logout{primaries: []*redistest.Server{server}}.wantIndexes(t, prefix, indexed...)
}

// wantHeap checks that the heap grows by this number of bytes at most while call runs.
func wantHeap(t *testing.T, most int64, call func() error) {
	t.Helper()
	heap() // empties pools, by half
	before, highest := heap(), int64(0)
	done := make(chan error)
	go func() { done <- call() }()
	for running := true; running; {
		select {
		case err := <-done:
			if running = false; err != nil {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Millisecond):
			highest = max(highest, heap())
		}
	}
	growth := highest - before
	t.Logf("the heap grew by %.1f MiB", float64(growth)/(1<<20))
	if growth > most {
		t.Errorf("the heap grew by %d bytes; want at most %d", growth, most)
	}
}

// heap returns the bytes in use, without garbage: the amount of garbage depends on what
// else the process does.
func heap() int64 {
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}
