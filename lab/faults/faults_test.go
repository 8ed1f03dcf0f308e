package main

import (
	"testing"
	"time"

	"github.com/scsredis/stores/lab/topology"
)

// TestFaults is a short form of the program.
func TestFaults(t *testing.T) {
	for _, pair := range topology.Pairs {
		switch pair.Name() {
		case "redigo/Pool", "goredis/Ring", "rueidis/Cluster":
		default:
			continue
		}
		t.Run(pair.Name(), func(t *testing.T) {
			r := runPair(t, pair, 3*time.Second, 1)
			t.Logf("%v\n%s", r.faults, r.summary())
			if len(r.violations) > 0 {
				t.Error(r.text())
			}
			if r.injected() == 0 || r.calls < 100 || r.sessions < 10 || r.unknown > r.sessions/10 {
				t.Errorf("%d faults, %d calls, %d sessions judged, %d not; want more", r.injected(), r.calls, r.sessions, r.unknown)
			}
		})
	}
}
