package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/topology"
)

// downAfter is when a primary that does not answer is replaced, on Sentinel and
// Cluster.
const downAfter = 3 * time.Second

// A fault is a kind of fault. Its function injects one into a server, for the
// time hold if it has a duration, and ends it.
type fault struct {
	name   string
	kinds  []topology.Kind // where there is such a thing; nil: everywhere
	inject func(in *injector, target *redistest.Server, hold time.Duration)

	// replaces says that another server takes the primary's place.
	replaces bool
}

var replicated = []topology.Kind{topology.Sentinel, topology.Cluster}

// faults are all kinds. Those that replace nothing are over before a primary is
// found to be down.
var faults = []fault{
	{name: "kill", inject: (*injector).kill},
	{name: "restart", inject: (*injector).restart},
	{name: "pause", inject: (*injector).pause},
	{name: "cut", inject: (*injector).cut},
	{name: "refuse", inject: (*injector).refuse},
	{name: "stall", inject: (*injector).stall},
	{name: "delay", inject: (*injector).delay},
	{name: "reshard", kinds: []topology.Kind{topology.Cluster}, inject: (*injector).reshard},
	{name: "failover by kill", kinds: replicated, replaces: true, inject: (*injector).failoverKill},
	{name: "failover by pause", kinds: replicated, replaces: true, inject: (*injector).failoverPause},
	{name: "failover by partition", kinds: []topology.Kind{topology.Sentinel}, replaces: true, inject: (*injector).failoverPartition},
}

// existsOn reports whether there is such a fault on a topology.
func (f fault) existsOn(kind topology.Kind) bool {
	return f.kinds == nil || slices.Contains(f.kinds, kind)
}

// An injector breaks the servers of a topology, and mends them.
type injector struct {
	tb      testing.TB
	servers *topology.Servers
	rand    *rand.Rand
	prefix  string
	counts  map[string]int // by the name of the fault
}

// run injects faults that replace nothing, or one that does, for about the time,
// and returns whether there was one that does.
func (in *injector) run(d time.Duration, queue func() fault) (replaces bool) {
	for began := time.Now(); time.Since(began) < d && in.tb.Context().Err() == nil; {
		f := queue()
		if f.replaces && replaces {
			continue
		}
		if f.replaces {
			in.settle() // one fault at a time: what replicas miss after a restart is lost
		}
		hold := 100*time.Millisecond + time.Duration(in.rand.Int64N(int64(in.longest())))
		f.inject(in, in.target(f.replaces), hold)
		in.counts[f.name]++
		if f.replaces {
			return true
		}
		in.sleep(100 * time.Millisecond)
	}
	return false
}

// longest is how long a fault may hold that replaces nothing: longer than the
// clients wait, and less than it takes to be found to be down.
func (in *injector) longest() time.Duration {
	if slices.Contains(replicated, in.servers.Kind) {
		return downAfter / 2
	}
	return 5 * topology.Timeout / 2
}

// target draws a server: a primary, or now and then a replica.
func (in *injector) target(primary bool) *redistest.Server {
	var primaries, replicas []*redistest.Server
	for _, node := range in.servers.Nodes {
		if node.Info(in.tb, "replication", "role") == "master" {
			primaries = append(primaries, node)
		} else {
			replicas = append(replicas, node)
		}
	}
	if len(replicas) > 0 && !primary && in.rand.IntN(4) == 0 {
		return replicas[in.rand.IntN(len(replicas))]
	}
	return primaries[in.rand.IntN(len(primaries))]
}

func (in *injector) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-in.tb.Context().Done():
	}
}

func (in *injector) kill(s *redistest.Server, hold time.Duration) {
	s.Stop(in.tb)
	in.sleep(hold / 2) // it takes time to start, too
	s.Restart(in.tb)
}

func (in *injector) restart(s *redistest.Server, _ time.Duration) {
	s.Shutdown(in.tb)
	s.Restart(in.tb)
}

func (in *injector) pause(s *redistest.Server, hold time.Duration) {
	resume := s.Pause(in.tb)
	in.sleep(hold)
	resume()
}

// cut cuts the connections several times, in the middle of whatever is under way.
func (in *injector) cut(s *redistest.Server, _ time.Duration) {
	for range 1 + in.rand.IntN(5) {
		s.Proxy.Cut()
		in.sleep(time.Duration(in.rand.IntN(50)) * time.Millisecond)
	}
}

func (in *injector) refuse(s *redistest.Server, hold time.Duration) {
	s.Proxy.Refuse()
	in.sleep(hold)
	s.Proxy.Heal()
}

func (in *injector) stall(s *redistest.Server, hold time.Duration) {
	s.Proxy.Stall(in.rand.IntN(300))
	in.sleep(hold)
	// What was held back arrives, or never does.
	if in.rand.IntN(2) == 0 {
		s.Proxy.Cut()
	}
	s.Proxy.Heal()
}

func (in *injector) delay(s *redistest.Server, hold time.Duration) {
	s.Proxy.Delay(time.Duration(1+in.rand.IntN(80)) * time.Millisecond)
	in.sleep(hold)
	s.Proxy.Heal()
}

// reshard moves a few slots that sessions are in, each to any other primary.
func (in *injector) reshard(s *redistest.Server, _ time.Duration) {
	for range 1 + in.rand.IntN(4) {
		slot := s.KeySlot(in.tb, in.prefix+"{"+strconv.Itoa(in.rand.IntN(tags))+"}")
		from, others := in.owners(slot)
		redistest.MoveSlot(in.tb, append(others, from), slot, from, others[in.rand.IntN(len(others))])
	}
}

// owners returns the primary of a slot, and the other primaries.
func (in *injector) owners(slot int) (owner *redistest.Server, others []*redistest.Server) {
	for _, node := range in.servers.Nodes {
		if node.Info(in.tb, "replication", "role") != "master" {
			continue
		}
		others = append(others, node)
		for _, r := range node.Do(in.tb, "CLUSTER", "SLOTS").([]any) {
			r := r.([]any)
			primary := r[2].([]any)
			addr := net.JoinHostPort(primary[0].(string), strconv.FormatInt(primary[1].(int64), 10))
			if r[0].(int64) <= int64(slot) && int64(slot) <= r[1].(int64) && addr == node.ClientAddr() {
				owner = node
			}
		}
	}
	if owner == nil {
		in.tb.Fatalf("slot %d has no primary", slot)
	}
	return owner, slices.DeleteFunc(others, func(s *redistest.Server) bool { return s == owner })
}

func (in *injector) failoverKill(s *redistest.Server, _ time.Duration) {
	s.Stop(in.tb)
	in.waitReplaced(s)
	s.Restart(in.tb)
}

func (in *injector) failoverPause(s *redistest.Server, _ time.Duration) {
	resume := s.Pause(in.tb)
	in.waitReplaced(s)
	resume()
}

// failoverPartition leaves a primary at work that neither clients nor sentinels
// reach.
func (in *injector) failoverPartition(s *redistest.Server, _ time.Duration) {
	s.Proxy.Refuse()
	in.waitReplaced(s)
	s.Proxy.Heal()
}

// waitReplaced waits until another server has taken the place of one that is
// down.
func (in *injector) waitReplaced(s *redistest.Server) {
	if in.servers.Sentinel != nil {
		in.servers.Sentinel.PrimaryAfter(in.tb, s)
		return
	}
	for began := time.Now(); ; in.sleep(20 * time.Millisecond) {
		primaries := 0
		for _, node := range in.servers.Nodes {
			if node != s && node.Info(in.tb, "replication", "role") == "master" {
				primaries++
			}
		}
		if primaries == 3 || in.tb.Context().Err() != nil {
			return
		}
		if time.Since(began) > 30*time.Second {
			in.tb.Fatal("no replica has taken the place of its primary")
		}
	}
}

// settle waits until all servers agree on who is what, and the replicas have what
// their primaries have.
func (in *injector) settle() {
	switch {
	case in.servers.Sentinel != nil:
		in.servers.Sentinel.WaitUp(in.tb)
	case in.servers.Cluster != nil:
		in.servers.Cluster.WaitUp(in.tb)
	}
}

// roles returns what each server is, and how often sentinels have replaced one.
func (in *injector) roles() string {
	var roles string
	for _, node := range in.servers.Nodes {
		roles += node.Info(in.tb, "replication", "role") + " "
	}
	if s := in.servers.Sentinel; s != nil {
		fields := s.Sentinels[0].Do(in.tb, "SENTINEL", "MASTER", redistest.SentinelName).([]any)
		roles += fmt.Sprint(fields[slices.Index(fields, any("config-epoch"))+1])
	}
	return roles
}
