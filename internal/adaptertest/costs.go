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
	const n, most = 500_000, 16 << 20
	fill(t, server, n, listedSize)
	WantMissing(t, s, "missing") // connects
	heap()                       // empties pools, by half
	before, highest, seen := heap(), int64(0), 0
	err := s.Each(context.Background(), func(string, []byte) error {
		if seen%20_000 == 0 {
			highest = max(highest, heap())
		}
		seen++
		return nil
	})
	if seen < n || err != nil {
		t.Fatalf("Each showed %d sessions, %v; want %d", seen, err, n)
	}
	growth := highest - before
	t.Logf("Each of %d sessions of %d bytes: the heap grew by %.1f MiB", n, listedSize, float64(growth)/(1<<20))
	if growth > most {
		t.Errorf("Each of %d sessions of %d bytes: the heap grew by %d bytes; want at most %d", n, listedSize, growth, most)
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
	const n, most = 100_000, 32 << 20
	tokens := fillUsers(t, server, n, 1000, false)
	wantUserSessions(t, s, "user0000007") // connects
	heap()
	before, highest := heap(), int64(0)
	done := make(chan error)
	go func() { done <- s.IndexUserSessions(t.Context()) }()
	for indexing := true; indexing; {
		select {
		case err := <-done:
			indexing = false
			if err != nil {
				t.Fatalf("IndexUserSessions = %v", err)
			}
		case <-time.After(20 * time.Millisecond):
			highest = max(highest, heap())
		}
	}
	growth := highest - before
	t.Logf("IndexUserSessions of %d sessions of 1 kB: the heap grew by %.1f MiB", n, float64(growth)/(1<<20))
	if growth > most {
		t.Errorf("IndexUserSessions of %d sessions of 1 kB: the heap grew by %d bytes; want at most %d", n, growth, most)
	}
	indexed := make([]string, n/sessionsPerUser)
	for i := range indexed {
		indexed[i] = fmt.Sprintf("user%07d", i)
		if i%100 != 7 {
			continue
		}
		var want []string
		for _, session := range tokens[i*sessionsPerUser:][:sessionsPerUser] {
			want = append(want, session.token)
		}
		wantUserSessions(t, s, indexed[i], want...)
	}
	logout{primaries: []*redistest.Server{server}}.wantIndexes(t, prefix, indexed...)
}

// heap returns the bytes in use, without garbage: the amount of garbage depends on what
// else the process does.
func heap() int64 {
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}
