package redistest

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// StartCluster starts a Redis Cluster of three primaries that share the slots
// evenly, waits until all of them say that it is up, and stops it when the test
// ends.
func StartCluster(tb testing.TB) []*Server {
	tb.Helper()
	const primaries, slots = 3, 16384
	nodes := make([]*Server, primaries)
	for i := range nodes {
		nodes[i] = Start(tb, Options{Cluster: true})
		nodes[i].Do(tb, "CLUSTER", "ADDSLOTSRANGE",
			strconv.Itoa(i*slots/primaries), strconv.Itoa((i+1)*slots/primaries-1))
	}
	for i, node := range nodes {
		for _, other := range nodes[:i] {
			node.meet(tb, other)
		}
	}
	deadline := time.Now().Add(startTimeout)
	for _, node := range nodes {
		for !node.clusterUp(tb, primaries) {
			if time.Now().After(deadline) {
				tb.Fatalf("redistest: the cluster is not up after %v:\n%s", startTimeout, node.Do(tb, "CLUSTER", "NODES"))
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nodes
}

// Meet makes the server, started with Options.Cluster, a node of the cluster
// that has these nodes, without slots, and waits until all of them know it.
func (s *Server) Meet(tb testing.TB, nodes []*Server) {
	tb.Helper()
	id := s.Do(tb, "CLUSTER", "MYID").(string)
	deadline := time.Now().Add(startTimeout)
	for _, node := range nodes {
		s.meet(tb, node)
		for !strings.Contains(node.Do(tb, "CLUSTER", "NODES").(string), id) || !s.clusterUp(tb, len(nodes)+1) {
			if time.Now().After(deadline) {
				tb.Fatalf("redistest: the cluster does not know its new node after %v", startTimeout)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (s *Server) meet(tb testing.TB, other *Server) {
	tb.Helper()
	host, port, _ := net.SplitHostPort(s.Addr)
	bus := s.Do(tb, "CONFIG", "GET", "cluster-port").([]any)[1].(string)
	other.Do(tb, "CLUSTER", "MEET", host, port, bus)
}

func (s *Server) clusterUp(tb testing.TB, nodes int) bool {
	info, _ := s.Do(tb, "CLUSTER", "INFO").(string)
	return infoField(info, "cluster_state") == "ok" &&
		infoField(info, "cluster_known_nodes") == fmt.Sprint(nodes)
}
