package adaptertest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/adaptertest/faults"
)

var (
	faultsTime = flag.Duration("faults.time", 0, "`duration` of the faults on each topology; 0: until each kind has been tried")
	faultsSeed = flag.Uint64("faults.seed", 1, "what the faults are drawn from")
)

// Faults uses the store on every topology while servers and the network fail, and
// judges all its calls: see package faults. With -v it shows a table.
func Faults(t *testing.T, a Adapter) {
	if *faultsTime == 0 {
		Long(t)
	}
	folder, err := os.Getwd() // two adapters may have the same name
	if err != nil {
		t.Fatal(err)
	}
	table := "| adapter | faults | calls | errors | sessions judged | not judged | changed twice | lost by design | longest call | bound | violations |\n" +
		"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
	for _, topology := range a.Topologies {
		if topology.Variant {
			continue
		}
		t.Run(topology.Name, func(t *testing.T) {
			r := faults.Run(t, pair{Adapter: a, topology: topology}.system(t), *faultsTime, *faultsSeed)
			t.Logf("faults: %v", r.Faults)
			table += fmt.Sprintf("| %s %s | %d | %d | %d | %d | %d | %d | %d | %.1f s | %v | %d |\n", filepath.Base(folder), topology.Name,
				total(r.Faults), r.Calls, r.Errors, r.Sessions, r.Unjudged, r.Twice, r.Lost, r.Longest.Seconds(), topology.Bound, total(r.Violations))
		})
	}
	t.Logf("seed %d\n%s", *faultsSeed, table)
}

// testFailover: calls may fail while replicas take the places of primaries, and work
// afterwards. Nothing is lost that Redis has not lost.
func testFailover(t *testing.T, p pair) { faults.Failovers(t, p.system(t)) }

// system starts servers that may fail.
func (p pair) system(t *testing.T) faults.System {
	servers := StartServers(t, p.topology.Kind, faults.Options, faults.DownAfter)
	return faults.System{
		Open: func(tb testing.TB, final bool) faults.Store {
			target := p.on(servers)
			if final {
				target.Tombstone, target.UserKey, target.Codec = time.Hour, faults.UserKey, faults.Codec{}
			}
			return p.open(tb, target)
		},
		Nodes:            servers.Nodes,
		Sentinel:         servers.Sentinel,
		Cluster:          servers.Cluster,
		Bound:            p.topology.Bound,
		Resends:          p.topology.Resends,
		LosesConnections: p.topology.LosesConnections,
		Cache:            p.cache,
	}
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}
