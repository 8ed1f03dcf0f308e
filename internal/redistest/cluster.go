package redistest

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

// Cluster is a Redis Cluster. Its fields say what the nodes were when it started:
// Replicas[i] was the replica of Primaries[i].
type Cluster struct {
	Primaries, Replicas []*Server
}

// StartCluster starts a Redis Cluster of three primaries that share the slots
// evenly, waits until all of them say that it is up, and stops it when the test
// ends.
func StartCluster(tb testing.TB) []*Server {
	tb.Helper()
	return startCluster(tb, Options{}, false).Primaries
}

// StartReplicatedCluster is StartCluster with a replica for each primary. All nodes have
// these options. A primary is replaced after it was down for "--cluster-node-timeout",
// in milliseconds; opts.Args may set it, and the default is 15 seconds.
func StartReplicatedCluster(tb testing.TB, opts Options) *Cluster {
	tb.Helper()
	return startCluster(tb, opts, true)
}

func startCluster(tb testing.TB, opts Options, replicated bool) *Cluster {
	tb.Helper()
	const primaries, slots = 3, 16384
	opts.Cluster = true
	// The nodes do not name a replica that has received nothing yet.
	opts.Args = append([]string{"--repl-ping-replica-period", "1"}, opts.Args...)
	c := &Cluster{}
	for i := range primaries {
		node := Start(tb, opts)
		node.Do(tb, "CLUSTER", "ADDSLOTSRANGE",
			strconv.Itoa(i*slots/primaries), strconv.Itoa((i+1)*slots/primaries-1))
		c.Primaries = append(c.Primaries, node)
		if replicated {
			c.Replicas = append(c.Replicas, Start(tb, opts))
		}
	}
	nodes := c.Nodes()
	restore := hurry(tb, nodes)
	for i, node := range nodes {
		// Nodes that begin with the same epoch agree on different ones, but not at once.
		// If a primary fails before that, its replica may never be elected: other nodes
		// know a newer epoch of the slots.
		node.Do(tb, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
	}
	for i, node := range nodes {
		for _, other := range nodes[:i] {
			node.meet(tb, other)
		}
	}
	for i, replica := range c.Replicas {
		primary := c.Primaries[i].Do(tb, "CLUSTER", "MYID").(string)
		Poll(tb, "a replica knows the nodes", func() bool {
			known, _ := replica.Do(tb, "CLUSTER", "NODES").(string)
			return strings.Count(known, "\n") == len(nodes) && strings.Contains(known, primary) && !strings.Contains(known, "handshake")
		})
		replica.Do(tb, "CLUSTER", "REPLICATE", primary)
	}
	c.WaitUp(tb)
	restore()
	return c
}

// hurry makes nodes tell each other news often: at least once in half of
// cluster-node-timeout. No replica takes over until restore is called.
func hurry(tb testing.TB, nodes []*Server) (restore func()) {
	tb.Helper()
	const timeout, noFailover = "cluster-node-timeout", "cluster-replica-no-failover"
	original := nodes[0].Do(tb, "CONFIG", "GET", timeout).([]any)[1].(string)
	set := func(ms, off string) {
		for _, node := range nodes {
			node.Do(tb, "CONFIG", "SET", timeout, ms)
			node.Do(tb, "CONFIG", "SET", noFailover, off)
		}
	}
	set("2000", "yes")
	return func() { set(original, "no") }
}

// Nodes returns the primaries, then the replicas.
func (c *Cluster) Nodes() []*Server {
	return append(append([]*Server(nil), c.Primaries...), c.Replicas...)
}

// Addrs returns where clients find the nodes.
func (c *Cluster) Addrs() []string { return clientAddrs(c.Nodes()) }

// WaitUp waits until every node says that the cluster is up, knows all nodes and
// lists the replicas, and the replicas have what their primaries have.
func (c *Cluster) WaitUp(tb testing.TB) {
	tb.Helper()
	nodes := c.Nodes()
	for _, node := range nodes {
		Poll(tb, "the cluster is up", func() bool {
			return node.clusterUp(tb, len(nodes)) && node.listed(tb) == len(nodes)
		})
	}
	for _, node := range nodes {
		Poll(tb, "the replicas of the cluster follow", func() bool { return node.follows(tb) })
	}
}

// listed counts the nodes in CLUSTER SLOTS.
func (s *Server) listed(tb testing.TB) int {
	nodes := make(map[any]bool) // by ID
	for _, slots := range s.Do(tb, "CLUSTER", "SLOTS").([]any) {
		for _, node := range slots.([]any)[2:] { // after the first and the last slot
			nodes[node.([]any)[2]] = true
		}
	}
	return len(nodes)
}

// follows reports whether the server is a primary, or a replica that is in step.
func (s *Server) follows(tb testing.TB) bool {
	return s.Info(tb, "replication", "role") == "master" || s.Info(tb, "replication", "master_link_status") == "up"
}

// Meet makes the server, started with Options.Cluster, a node of the cluster
// that has these nodes, without slots, and waits until all of them know it.
func (s *Server) Meet(tb testing.TB, nodes []*Server) {
	tb.Helper()
	id := s.Do(tb, "CLUSTER", "MYID").(string)
	for _, node := range nodes {
		s.meet(tb, node)
		Poll(tb, "the cluster knows its new node", func() bool {
			return strings.Contains(node.Do(tb, "CLUSTER", "NODES").(string), id) && s.clusterUp(tb, len(nodes)+1)
		})
	}
}

func (s *Server) meet(tb testing.TB, other *Server) {
	tb.Helper()
	host, port, _ := net.SplitHostPort(s.ClientAddr())
	bus := s.Do(tb, "CONFIG", "GET", "cluster-port").([]any)[1].(string)
	other.Do(tb, "CLUSTER", "MEET", host, port, bus)
}

func (s *Server) clusterUp(tb testing.TB, nodes int) bool {
	info, _ := s.Do(tb, "CLUSTER", "INFO").(string)
	return infoField(info, "cluster_state") == "ok" &&
		infoField(info, "cluster_known_nodes") == fmt.Sprint(nodes)
}

func clientAddrs(servers []*Server) []string {
	addrs := make([]string, len(servers))
	for i, s := range servers {
		addrs[i] = s.ClientAddr()
	}
	return addrs
}
