package adaptertest

import (
	"context"
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

// testScanLength: a listing keeps the server from its other clients for a short
// time only: no SCAN looks at more than a thousand keys, and no KEYS is sent. It takes
// few round trips.
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

// heap returns the bytes in use. Garbage is not among them: how much of that there
// is depends on what else the process has in use.
func heap() int64 {
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}
