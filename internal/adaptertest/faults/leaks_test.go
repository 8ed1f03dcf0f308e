package faults

import (
	"net"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// TestLeaks: a client that is not closed is noticed, and one that is, is not.
func TestLeaks(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	system := System{Nodes: []*redistest.Server{server}}
	before := goroutines()
	c, err := net.Dial(server.Network, server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	go c.Read(make([]byte, 1))
	for _, loses := range []bool{false, true} {
		system.LosesConnections = loses
		want := 2 // our goroutine, and the connection
		if loses {
			want = 1
		}
		r := newReport(silent{t})
		if r.findLeaks(system, before, 0); r.Violations[leak] != want {
			t.Errorf("open client that loses connections %t: violations %v; want %d", loses, r.Violations, want)
		}
	}
	c.Close()
	system.LosesConnections = false
	newReport(t).findLeaks(system, before, leakTime)
}
