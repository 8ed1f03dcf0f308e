package adaptertest

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// Main is the TestMain of an adapter. Its short tests wait most of the time, so it runs
// twice as many of them in parallel as there are processors, unless -parallel says how
// many. With the race detector they are busy enough.
func Main(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if testing.Short() && !race && !given {
		flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
	os.Exit(m.Run())
}

// Run checks the rules of stores on Redis, which storetest does not know, on one real
// server, and those of a cache where the adapter has one. It also checks variants of
// the client, but not under -short.
func Run(t *testing.T, a Adapter) {
	if a.Cache {
		t.Run("Cache", func(t *testing.T) { runCache(t, a) })
	}
	t.Parallel()
	runOn(t, a)
	for _, topology := range a.Topologies {
		if topology.Kind == Standalone && topology.Variant {
			t.Run(topology.Name, func(t *testing.T) {
				Long(t)
				variant := a
				variant.Topologies = []Topology{topology}
				runOn(t, variant)
			})
		}
	}
}

// runOn is Run on the first topology.
func runOn(t *testing.T, a Adapter) {
	var tests []subtest
	for _, test := range []struct {
		name string
		run  func(*testing.T, Adapter)
	}{
		{"SCS", testSCS}, // the longest
		{"RoundTrips", testRoundTrips},
		{"Format", testFormat},
		{"Expiry", testExpiry},
		{"OwnSlices", testOwnSlices},
		{"Cancelled", testCancelled},
		{"Rotation", testRotation},
		{"TLS", testTLS},
		{"Settings", testSettings},
		{"AllRestart", testAllRestart},
		{"ScanLength", testScanLength},
		{"Hung", testHung},
		{"Broken", testBroken},
		{"BadReplies", testBadReplies},
	} {
		if test.name == "SCS" && a.Topologies[0].Variant {
			continue // storetest checks as much
		}
		tests = append(tests, subtest{test.name, func(t *testing.T) { test.run(t, a) }})
	}
	atOnce(t, 8, tests)
}

type subtest struct {
	name string
	run  func(*testing.T)
}

// atOnce runs tests that wait most of the time, n of them at once. With t.Parallel only
// as many would run at once as the machine has processors.
func atOnce(t *testing.T, n int, tests []subtest) {
	slots := make(chan struct{}, n)
	var running sync.WaitGroup
	for _, test := range tests {
		running.Add(1)
		go func() {
			defer running.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			t.Run(test.name, test.run)
		}()
	}
	running.Wait()
}
