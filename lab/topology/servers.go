// Package topology starts what people run Redis as, and opens every adapter on
// it, for tests and programs that treat all pairs of the two alike.
package topology

import (
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Kind is a topology.
type Kind string

const (
	Standalone Kind = "standalone" // one server
	Sentinel   Kind = "sentinel"   // a primary with two replicas, and three sentinels
	Cluster    Kind = "cluster"    // three primaries, each with a replica
	Ring       Kind = "ring"       // three servers that do not know each other
)

// Servers are the running servers of one topology.
type Servers struct {
	Kind Kind

	// Nodes are the servers that hold sessions, replicas too.
	Nodes []*redistest.Server

	// Timeout is what the clients wait for a server to accept a connection, a
	// command or to answer: the constant, until it is changed. A call may try more
	// than once.
	Timeout time.Duration

	// Sentinel and Cluster look after the nodes of these topologies, and are nil
	// for the others.
	Sentinel *redistest.Sentinel
	Cluster  *redistest.Cluster
}

// Start starts the servers, each with these options, and stops them when the
// test ends. A primary that has not answered for downAfter is replaced, where
// there is something to replace it with.
func Start(tb testing.TB, kind Kind, opts redistest.Options, downAfter time.Duration) *Servers {
	tb.Helper()
	s := &Servers{Kind: kind, Timeout: Timeout}
	switch kind {
	case Standalone:
		s.Nodes = []*redistest.Server{redistest.Start(tb, opts)}
	case Sentinel:
		s.Sentinel = redistest.StartSentinel(tb, opts, downAfter)
		s.Nodes = s.Sentinel.Servers
	case Cluster:
		opts.Args = append(opts.Args[:len(opts.Args):len(opts.Args)], "--cluster-node-timeout", milliseconds(downAfter))
		s.Cluster = redistest.StartReplicatedCluster(tb, opts)
		s.Nodes = s.Cluster.Nodes()
	case Ring:
		for range 3 {
			s.Nodes = append(s.Nodes, redistest.Start(tb, opts))
		}
	default:
		tb.Fatalf("topology: there is no topology %q", kind)
	}
	return s
}

// Addrs returns the addresses that a client is given.
func (s *Servers) Addrs() []string {
	if s.Sentinel != nil {
		return s.Sentinel.Addrs()
	}
	addrs := make([]string, len(s.Nodes))
	for i, node := range s.Nodes {
		addrs[i] = node.ClientAddr()
	}
	return addrs
}

// Refuse makes the proxies of all nodes, started with redistest.Options.Proxied,
// close every connection at once, and returns the function that ends it. The
// nodes of a Cluster go on talking to each other; a sentinel finds all servers
// down, and so none to take a primary's place.
func (s *Servers) Refuse() (heal func()) {
	for _, node := range s.Nodes {
		node.Proxy.Refuse()
	}
	return func() {
		for _, node := range s.Nodes {
			node.Proxy.Heal()
		}
	}
}
