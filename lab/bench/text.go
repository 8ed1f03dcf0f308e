package main

import (
	"fmt"
	"io"
)

// text writes the results in the format of Go's benchmarks, for benchstat. With
// benchstat -col /via the ways of a client are side by side.
func (r *report) text(w io.Writer) {
	fmt.Fprintf(w, "command: %s\ncores: %d\n", r.Command, r.Cores)
	if r.CPU != "" {
		fmt.Fprintf(w, "cpu: %s\n", r.CPU)
	}
	fmt.Fprintf(w, "go: %s %s\nserver: %s\n", r.Go, r.System, r.Server)
	for _, module := range modules {
		fmt.Fprintf(w, "%s: %s\n", module, r.Modules[module])
	}
	for _, c := range r.Calls {
		for _, way := range c.Ways {
			for _, s := range way.Samples {
				fmt.Fprintf(w, "Benchmark%s/topology=%s/client=%s/via=%s/size=%d/g=%d-%d\t%d\t%.0f ns/op\t%d p50-ns/op\t%d p99-ns/op",
					c.Operation, c.Topology, c.Client, way.Via, c.Size, c.Goroutines, r.Cores, s.Calls, s.Nanoseconds, s.P50, s.P99)
				if c.Goroutines == 1 {
					fmt.Fprintf(w, "\t%.0f B/op\t%.0f allocs/op", way.Bytes, way.Allocs)
				}
				fmt.Fprintln(w)
			}
		}
	}
	for _, l := range r.Listings {
		for _, way := range l.Ways {
			for _, s := range way.Seconds {
				fmt.Fprintf(w, "BenchmarkAll/topology=%s/client=%s/via=%s/sessions=%d/foreign=%d-%d\t1\t%.0f ns/op\n",
					standalone, way.Client, way.Via, l.Sessions, l.Foreign, r.Cores, s*1e9)
			}
		}
	}
	for _, c := range r.Clusters {
		for _, way := range []listedResult{{Via: viaStore, Seconds: c.Store}, {Via: viaBare, Seconds: c.Loop}} {
			for _, s := range way.Seconds {
				fmt.Fprintf(w, "BenchmarkAll/topology=%s/client=%s/via=%s/sessions=%d/foreign=0-%d\t1\t%.0f ns/op\n",
					onCluster, c.Client, way.Via, c.Sessions, r.Cores, s*1e9)
			}
		}
	}
	for _, s := range r.Streams {
		fmt.Fprintf(w, "BenchmarkEach/topology=%s/client=%s/via=%s/sessions=%d-%d\t1\t%.0f ns/op\t%d heap-growth-B\n",
			standalone, s.Client, viaStore, s.Sessions, r.Cores, s.Each.Seconds*1e9, s.Each.Growth)
	}
}
