package redistest

import (
	"net"
	"slices"
	"strconv"
	"testing"
	"time"
)

// SentinelName is what sentinels of this package call the primary.
const SentinelName = "sessions"

// Sentinel is a primary with two replicas, and three sentinels that promote a replica
// when the primary is down.
type Sentinel struct {
	// Servers are the primary and its replicas; which is which may change.
	Servers []*Server

	Sentinels []*Server
}

// StartSentinel starts a primary with two replicas, all with these options, and
// three sentinels; waits until each sentinel knows all the others; and stops them
// when the test ends. A primary that does not answer for downAfter is replaced about a
// second later, also if the machine is only busy.
func StartSentinel(tb testing.TB, opts Options, downAfter time.Duration) *Sentinel {
	tb.Helper()
	s := &Sentinel{}
	for i := range 3 {
		server := Start(tb, opts)
		s.Servers = append(s.Servers, server)
		if i > 0 {
			host, port, _ := net.SplitHostPort(s.Servers[0].ClientAddr())
			server.Do(tb, "REPLICAOF", host, port)
			server.Do(tb, "CONFIG", "REWRITE")
		}
	}
	// A sentinel asks only every ten seconds which replicas there are.
	for _, server := range s.Servers {
		Poll(tb, "the replicas follow", func() bool { return server.follows(tb) })
	}
	host, port, _ := net.SplitHostPort(s.Servers[0].ClientAddr())
	for range 3 {
		s.Sentinels = append(s.Sentinels, Start(tb, Options{sentinel: true, Args: []string{
			"--sentinel", "monitor", SentinelName, host, port, "2",
			"--sentinel", "down-after-milliseconds", SentinelName, strconv.FormatInt(downAfter.Milliseconds(), 10),
			"--sentinel", "failover-timeout", SentinelName, "3000",
			"--sentinel", "parallel-syncs", SentinelName, "2",
		}}))
	}
	s.WaitUp(tb)
	return s
}

// Addrs returns where clients find the sentinels.
func (s *Sentinel) Addrs() []string { return clientAddrs(s.Sentinels) }

// Primary returns the server that the sentinels agree on, once they do and it
// says that it is a primary.
func (s *Sentinel) Primary(tb testing.TB) *Server {
	tb.Helper()
	return s.PrimaryAfter(tb, nil)
}

// PrimaryAfter is Primary, but waits for another server than old.
func (s *Sentinel) PrimaryAfter(tb testing.TB, old *Server) *Server {
	tb.Helper()
	var primary *Server
	Poll(tb, "the sentinels agree on a primary", func() bool {
		addr := s.Sentinels[0].primaryAddr(tb)
		for _, sentinel := range s.Sentinels[1:] {
			if sentinel.primaryAddr(tb) != addr {
				return false
			}
		}
		for _, server := range s.Servers {
			if server != old && server.ClientAddr() == addr && server.answers() {
				primary = server
				return server.Info(tb, "replication", "role") == "master"
			}
		}
		return false
	})
	return primary
}

// primaryAddr asks a sentinel.
func (s *Server) primaryAddr(tb testing.TB) string {
	tb.Helper()
	addr, _ := s.Do(tb, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SentinelName).([]any)
	if len(addr) != 2 {
		tb.Fatalf("redistest: a sentinel does not know %s", SentinelName)
	}
	return net.JoinHostPort(addr[0].(string), addr[1].(string))
}

// WaitUp waits until every sentinel sees the primary, two replicas and the other
// sentinels at work, and the replicas follow the primary.
func (s *Sentinel) WaitUp(tb testing.TB) {
	tb.Helper()
	// Each sentinel says itself how the primary is. What it has heard from other sentinels
	// does not count: Valkey 9.1 never forgets a master_down.
	for _, sentinel := range s.Sentinels {
		Poll(tb, "every sentinel knows the others", func() bool {
			ask := func(what string) []any { return sentinel.Do(tb, "SENTINEL", what, SentinelName).([]any) }
			return count(ask("REPLICAS"), "slave") == len(s.Servers)-1 &&
				count(ask("SENTINELS"), "sentinel", "sentinel,master_down") == len(s.Sentinels)-1 &&
				count([]any{ask("MASTER")}, "master") == 1
		})
	}
	primary := s.Primary(tb)
	for _, server := range s.Servers {
		Poll(tb, "the replicas follow", func() bool {
			return server == primary || server.Info(tb, "replication", "role") == "slave" && server.follows(tb)
		})
	}
}

// count counts the instances whose flags are one of these.
func count(instances []any, flags ...string) int {
	n := 0
	for _, instance := range instances {
		fields := instance.([]any)
		for i := 0; i+1 < len(fields); i += 2 {
			if fields[i] == "flags" && slices.Contains(flags, fields[i+1].(string)) {
				n++
			}
		}
	}
	return n
}
