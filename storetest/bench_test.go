package storetest

import (
	"slices"
	"testing"

	"github.com/alexedwards/scs/v2"
)

func BenchmarkMemory(b *testing.B) {
	Bench(b, mutant{}.memories().open)
}

// TestBenchReports runs the benchmarks of stores that are wrong or lack methods.
func BenchmarkBroken(b *testing.B) {
	if !*broken {
		b.Skip("for TestBench, which runs it with -broken")
	}
	for _, mu := range []mutant{
		{name: "Finds", bug: on("Find", func(request, handler) reply { return reply{found: true} })},
		{name: "Loses", bug: on("Commit", returnsNothing)},
		{name: "Fails", bug: on("Delete", deletesAndFails)},
		{name: "Lacks", as: func(m *memory) scs.Store { return withoutIteration{m} }},
	} {
		b.Run(mu.name, func(b *testing.B) { Bench(b, mu.memories().open) })
	}
}

var benchNames = []string{
	"FindHit/serial", "FindHit/parallel", "FindMiss/serial", "FindMiss/parallel",
	"CommitNew/serial", "CommitNew/parallel", "CommitOverwrite/serial", "CommitOverwrite/parallel",
	"Delete/serial", "Delete/parallel", "All100", "All10000",
}

func TestBench(t *testing.T) {
	// More calls than one part has.
	out, _, err := inProcess(t, "()",
		"-test.run=^$", "-test.benchtime=6000x", "-test.bench=^BenchmarkMemory$/^(Find|Commit|Delete)")
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	out, names, err := inProcess(t, `(?m)^BenchmarkMemory/(\w+(?:/[a-z]+)?)(?:-\d+)?\s+2\t.* ns/op.* allocs/op$`,
		"-test.run=^$", "-test.benchtime=2x", "-test.bench=^BenchmarkMemory$")
	if err != nil || !slices.Equal(names, benchNames) {
		t.Errorf("%v, benchmarks %q; want %q\n%s", err, names, benchNames, out)
	}
}

func TestBenchReports(t *testing.T) {
	out, failed, err := inProcess(t, `--- FAIL: BenchmarkBroken/(\w+/\w+)`,
		"-test.run=^$", "-test.benchtime=2x", "-test.bench=^BenchmarkBroken$", "-broken")
	want := []string{"Finds/FindHit", "Finds/FindMiss", "Loses/FindHit", "Loses/All100", "Loses/All10000", "Fails/Delete"}
	if err == nil || !slices.Equal(failed, want) {
		t.Errorf("%v, failed: %q; want %q\n%s", err, failed, want, out)
	}
}
