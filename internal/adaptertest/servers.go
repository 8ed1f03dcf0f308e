package adaptertest

import (
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Servers are the running servers of one topology.
type Servers struct {
	Kind Kind

	// Nodes are the servers that hold sessions, replicas too.
	Nodes []*redistest.Server

	// Sentinel and Cluster look after the nodes of these kinds, and are nil for
	// the others.
	Sentinel *redistest.Sentinel
	Cluster  *redistest.Cluster
}

// StartServers starts the servers of a kind, each with these options, and stops
// them when the test ends. A primary that has not answered for downAfter is
// replaced, where there is something to replace it with.
func StartServers(tb testing.TB, kind Kind, opts redistest.Options, downAfter time.Duration) *Servers {
	tb.Helper()
	s := &Servers{Kind: kind}
	switch kind {
	case Standalone:
		s.Nodes = []*redistest.Server{redistest.Start(tb, opts)}
	case Replicated:
		s.Nodes = []*redistest.Server{redistest.Start(tb, opts), redistest.Start(tb, opts)}
		replicate(tb, s.Nodes[0], s.Nodes[1])
	case Sentinel:
		s.Sentinel = redistest.StartSentinel(tb, opts, downAfter)
		s.Nodes = s.Sentinel.Servers
	case Cluster:
		timeout := strconv.FormatInt(downAfter.Milliseconds(), 10)
		opts.Args = append(opts.Args[:len(opts.Args):len(opts.Args)], "--cluster-node-timeout", timeout)
		s.Cluster = redistest.StartReplicatedCluster(tb, opts)
		s.Nodes = s.Cluster.Nodes()
	case Ring:
		for range 3 {
			s.Nodes = append(s.Nodes, redistest.Start(tb, opts))
		}
	default:
		tb.Fatalf("adaptertest: there is no topology %q", kind)
	}
	return s
}

// Target returns the target of a client with a topology's name on these servers,
// with waits of one second and the default prefix.
func (s *Servers) Target(topology Topology) Target { return pair{topology: topology}.on(s) }

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

// Refuse makes the proxies of all nodes, started with redistest.Options.Proxied, close
// every connection at once, and returns the function that ends it. The nodes of a Cluster
// go on talking to each other; a sentinel finds all servers down, and so replaces no
// primary.
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

// target returns the target of the adapter's first topology on one server.
func (a Adapter) target(server *redistest.Server) Target {
	s := &Servers{Kind: Standalone, Nodes: []*redistest.Server{server}}
	return s.Target(a.Topologies[0])
}

// at returns the target of the adapter's first topology on a server of which only
// the address is given.
func (a Adapter) at(addr string) Target {
	return pair{Adapter: a, topology: a.Topologies[0]}.at(addr)
}
