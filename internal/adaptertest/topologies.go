package adaptertest

import (
	"slices"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// pair is an adapter on one of its topologies.
type pair struct {
	Adapter
	topology Topology
	cache    time.Duration
	options  setting // for logouts
}

// cachedBriefly is so short that a test caches, writes and caches a session again.
const cachedBriefly = 20 * time.Millisecond

// on returns the target of a client on these servers.
func (p pair) on(s *Servers) Target {
	target := p.at(s.Addrs()...)
	if target.TLS = s.Nodes[0].TLS; s.Nodes[0].Proxy == nil {
		target.Network = s.Nodes[0].Network
	}
	return target
}

// at is on for servers of which only the addresses are given.
func (p pair) at(addrs ...string) Target {
	return Target{
		Topology: p.topology, Network: "tcp", Addrs: addrs, Timeout: time.Second, Prefix: prefix, Cache: p.cache,
		Tombstone: p.options.tombstone, UserKey: p.options.userKey,
	}
}

// topologyTests are what Topologies runs.
var topologyTests = []struct {
	name  string
	kinds []Kind // nil: all
	run   func(*testing.T, pair)

	long     bool // skipped under -short
	variants bool // run on variants of a topology too
	cached   bool // run with a cache too
}{
	{name: "OwnReads", run: testOwnReads, kinds: []Kind{Standalone}, variants: true, cached: true},
	{name: "OwnReads", run: testOwnReads, kinds: []Kind{Replicated, Sentinel, Cluster}, long: true, variants: true, cached: true},
	{name: "OneConnection", run: testOneConnection, kinds: []Kind{Standalone, Cluster}},
	{name: "OneNode", run: testOneNode, kinds: []Kind{Standalone}},
	{name: "Demotion", run: testDemotion, kinds: []Kind{Standalone}},
	{name: "DemotedIndex", run: testDemotedIndex, kinds: []Kind{Standalone}},
	{name: "Logout", run: testLogout, variants: true, cached: true},
	{name: "AtOnce", run: testAtOnce, kinds: []Kind{Cluster, Ring}},
	{name: "Unsettled", run: testUnsettled, kinds: []Kind{Cluster, Ring}},
	{name: "NewPrimary", run: testNewPrimary, kinds: []Kind{Cluster}, long: true},
	{name: "Migration", run: testMigration, kinds: []Kind{Cluster}, long: true, cached: true},
	{name: "Halfway", run: testHalfway, kinds: []Kind{Cluster}, long: true, cached: true},
	{name: "Addresses", run: testAddresses, kinds: []Kind{Cluster}, long: true},
	{name: "ReplicaDown", run: testReplicaDown, kinds: []Kind{Cluster}, long: true},
	{name: "Handover", run: testHandover, kinds: []Kind{Cluster}, long: true, variants: true},
	{name: "Failover", run: testFailover, kinds: []Kind{Sentinel, Cluster}, long: true, cached: true},
	{name: "Privileges", run: testPrivileges, kinds: []Kind{Standalone}, variants: true},
	{name: "Privileges", run: testPrivileges, kinds: []Kind{Replicated, Sentinel, Cluster, Ring}, long: true, variants: true},
}

// Topologies checks the adapter on each of its topologies: that it finds and
// lists all sessions there and no others, also while slots move and primaries
// fail, with the permissions that its README.md names.
func Topologies(t *testing.T, a Adapter) {
	t.Parallel()
	var topologies []subtest
	for _, topology := range a.Topologies {
		topologies = append(topologies, subtest{topology.Name, func(t *testing.T) {
			runTopology(t, pair{Adapter: a, topology: topology})
			if a.Cache {
				t.Run("Cache", func(t *testing.T) { runTopology(t, pair{Adapter: a, topology: topology, cache: cachedBriefly}) })
			}
		}})
	}
	n := 2
	if testing.Short() {
		n = 8
	}
	atOnce(t, n, topologies)
}

// runTopology runs the short tests at once. The long ones start many servers: no more
// of them run than go test -parallel says.
func runTopology(t *testing.T, p pair) {
	var short []subtest
	for _, test := range topologyTests {
		switch {
		case test.kinds != nil && !slices.Contains(test.kinds, p.topology.Kind),
			p.topology.Variant && !test.variants,
			p.cache > 0 && !test.cached:
			continue
		}
		if test.long {
			t.Run(test.name, func(t *testing.T) {
				Long(t)
				t.Parallel()
				test.run(t, p)
			})
		} else {
			short = append(short, subtest{test.name, func(t *testing.T) { test.run(t, p) }})
		}
	}
	atOnce(t, 8, short)
}

// start starts the servers of the topology, without the replicas of a Cluster.
func (p pair) start(t *testing.T) *Servers {
	t.Helper()
	if p.topology.Kind == Cluster {
		return &Servers{Kind: Cluster, Nodes: redistest.StartCluster(t)}
	}
	return StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
}
