package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// A kindOfFault is a fault of one server. inject begins it and returns the function that
// ends it, or nil if it is over.
type kindOfFault struct {
	name     string
	exists   func(s System) bool // nil: everywhere
	replaces bool                // it lasts until another server has taken the primary's place
	inject   func(in *injector, s *redistest.Server) (end func())
}

func onCluster(s System) bool  { return s.Cluster != nil }
func onSentinel(s System) bool { return s.Sentinel != nil }
func replicated(s System) bool { return onCluster(s) || onSentinel(s) }

// kindsOfFault are all kinds. Those that replace no primary may last longer than the
// clients wait, and end before a primary is found to be down.
var kindsOfFault = []kindOfFault{
	{name: "kill", inject: kill},
	{name: "restart", inject: restart},
	{name: "pause", inject: pause},
	{name: "cut", inject: cut},
	{name: "refuse", inject: refuse},
	{name: "stall", inject: stall},
	{name: "delay", inject: delay},
	{name: "reshard", exists: onCluster, inject: reshard},
	{name: "failover by kill", exists: replicated, replaces: true, inject: kill},
	{name: "failover by pause", exists: replicated, replaces: true, inject: pause},
	// The old primary goes on working, but neither clients nor sentinels reach it.
	{name: "failover by partition", exists: onSentinel, replaces: true, inject: refuse},
}

func kill(in *injector, s *redistest.Server) (end func()) {
	s.Stop(in.tb)
	return func() { s.Restart(in.tb) }
}

func restart(in *injector, s *redistest.Server) (end func()) {
	s.Shutdown(in.tb)
	s.Restart(in.tb)
	return nil
}

func pause(in *injector, s *redistest.Server) (end func()) { return s.Pause(in.tb) }

// cut cuts the connections several times, in the middle of whatever is under way.
func cut(in *injector, s *redistest.Server) (end func()) {
	for range 1 + in.rand.IntN(5) {
		s.Proxy.Cut()
		time.Sleep(time.Duration(in.rand.IntN(50)) * time.Millisecond)
	}
	return nil
}

func refuse(_ *injector, s *redistest.Server) (end func()) {
	s.Proxy.Refuse()
	return s.Proxy.Heal
}

func stall(in *injector, s *redistest.Server) (end func()) {
	s.Proxy.Stall(in.rand.IntN(300))
	return func() {
		// The replies that were held back arrive, or never do.
		if in.rand.IntN(2) == 0 {
			s.Proxy.Cut()
		}
		s.Proxy.Heal()
	}
}

func delay(in *injector, s *redistest.Server) (end func()) {
	s.Proxy.Delay(time.Duration(1+in.rand.IntN(80)) * time.Millisecond)
	return s.Proxy.Heal
}

// reshard moves a few slots that sessions are in, each to any other primary.
func reshard(in *injector, s *redistest.Server) (end func()) {
	primaries := in.primaries()
	for range 1 + in.rand.IntN(4) {
		slot := slots[in.rand.IntN(len(slots))]
		from := slices.IndexFunc(primaries, func(s *redistest.Server) bool { return in.has(s, slot) })
		if from < 0 {
			in.tb.Fatalf("slot %d has no primary", slot)
		}
		to := (from + 1 + in.rand.IntN(len(primaries)-1)) % len(primaries)
		redistest.MoveSlot(in.tb, primaries, slot, primaries[from], primaries[to])
	}
	return nil
}

// An injector breaks the servers of a system, and mends them.
type injector struct {
	System
	tb     testing.TB
	rand   *rand.Rand
	counts map[string]int // by the name of the fault

	kinds []kindOfFault // that exist here
	deck  []kindOfFault // that are drawn before any is drawn again
}

func newInjector(tb testing.TB, s System, rand *rand.Rand, counts map[string]int) *injector {
	kinds := slices.DeleteFunc(slices.Clone(kindsOfFault), func(f kindOfFault) bool {
		return f.exists != nil && !f.exists(s) || s.onlyFailovers && !f.replaces
	})
	return &injector{System: s, tb: tb, rand: rand, counts: counts, kinds: kinds}
}

// triedAll reports whether every kind of fault has been injected.
func (in *injector) triedAll() bool { return len(in.counts) == len(in.kinds) }

// run injects faults for about the time d, or until one has replaced a primary,
// and reports whether one has.
func (in *injector) run(d time.Duration) (replaced bool) {
	for began := time.Now(); time.Since(began) < d && !replaced; time.Sleep(100 * time.Millisecond) {
		if len(in.deck) == 0 {
			in.deck = slices.Clone(in.kinds)
			in.rand.Shuffle(len(in.deck), func(i, j int) { in.deck[i], in.deck[j] = in.deck[j], in.deck[i] })
		}
		f := in.deck[0]
		in.deck = in.deck[1:]
		in.counts[f.name]++
		if f.replaces {
			in.settle() // one fault at a time: what replicas miss after a restart is lost
		}
		servers := in.Nodes // now and then a replica
		if f.replaces || in.rand.IntN(3) > 0 {
			servers = in.primaries()
		}
		server := servers[in.rand.IntN(len(servers))]
		switch end := f.inject(in, server); {
		case f.replaces:
			in.waitReplaced(server)
			replaced = true
			end()
		case end != nil:
			time.Sleep(100*time.Millisecond + time.Duration(in.rand.Int64N(int64(DownAfter/2))))
			end()
		}
	}
	return replaced
}

func (in *injector) primaries() []*redistest.Server {
	return slices.DeleteFunc(slices.Clone(in.Nodes), func(s *redistest.Server) bool { return !in.primary(s) })
}

func (in *injector) primary(s *redistest.Server) bool {
	return s.Info(in.tb, "replication", "role") == "master"
}

// has reports whether a primary says that it has a slot.
func (in *injector) has(s *redistest.Server, slot int) bool {
	id := s.Do(in.tb, "CLUSTER", "MYID")
	return slices.ContainsFunc(s.Do(in.tb, "CLUSTER", "SLOTS").([]any), func(r any) bool {
		slots := r.([]any) // the first, the last, and the primary: host, port and ID
		return slots[0].(int64) <= int64(slot) && int64(slot) <= slots[1].(int64) && slots[2].([]any)[2] == id
	})
}

// waitReplaced waits until another server has taken the place of one that is down.
func (in *injector) waitReplaced(down *redistest.Server) {
	if in.Sentinel != nil {
		in.Sentinel.PrimaryAfter(in.tb, down)
		return
	}
	redistest.Poll(in.tb, "a replica has taken the place of its primary", func() bool {
		primaries := 0
		for _, s := range in.Nodes {
			if s != down && in.primary(s) {
				primaries++
			}
		}
		return primaries == len(in.Cluster.Primaries)
	})
}

// settle waits until all servers agree on who is what, and the replicas have what
// their primaries have.
func (in *injector) settle() {
	switch {
	case in.Sentinel != nil:
		in.Sentinel.WaitUp(in.tb)
	case in.Cluster != nil:
		in.Cluster.WaitUp(in.tb)
	}
}

// roles returns which servers are primaries, and how often sentinels have replaced
// one.
func (in *injector) roles() string {
	roles := ""
	for _, s := range in.Nodes {
		roles += fmt.Sprint(in.primary(s), " ")
	}
	if in.Sentinel != nil {
		fields := in.Sentinel.Sentinels[0].Do(in.tb, "SENTINEL", "MASTER", redistest.SentinelName).([]any)
		roles += fmt.Sprint(fields[slices.Index(fields, any("config-epoch"))+1])
	}
	return roles
}
