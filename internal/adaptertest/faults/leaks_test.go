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
	r := newReport(silent{t})
	if r.findLeaks(system, before, 0); r.Violations[leak] != 2 {
		t.Errorf("open client: violations %v; want a goroutine and a connection that leak", r.Violations)
	}
	c.Close()
	newReport(t).findLeaks(system, before, leakTime)
}
