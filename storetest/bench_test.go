package storetest

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/alexedwards/scs/v2"
)

func BenchmarkMemory(b *testing.B) {
	newStore, _ := ordinary()
	Bench(b, newStore)
}

// TestBenchReports runs the benchmarks of stores that are wrong or lack methods.
func BenchmarkBroken(b *testing.B) {
	if !*broken {
		b.Skip("for TestBench, which runs it with -broken")
	}
	for _, mu := range []mutant{
		{name: "Finds", bug: on("Find", func(*memory, request, handler) reply { return reply{found: true} })},
		{name: "Loses", bug: on("Commit", func(*memory, request, handler) reply { return reply{} })},
		{name: "Fails", bug: on("Delete", func(*memory, request, handler) reply { return reply{err: errMutant} })},
		{name: "Lacks", as: func(m *memory) scs.Store { return withoutIteration{m} }},
	} {
		newStore, _ := stores(mu.store)
		b.Run(mu.name, func(b *testing.B) { Bench(b, newStore) })
	}
}

var benchNames = []string{
	"FindHit/serial", "FindHit/parallel", "FindMiss/serial", "FindMiss/parallel",
	"CommitNew/serial", "CommitNew/parallel", "CommitOverwrite/serial", "CommitOverwrite/parallel",
	"Delete/serial", "Delete/parallel", "All100", "All10000",
}

// benchmark runs a benchmark in a process of its own and returns its output.
func benchmark(t *testing.T, name, n string, args ...string) (string, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-test.run=^$", "-test.bench=^" + name + "$", "-test.benchtime=" + n}, args...)
	out, err := exec.Command(exe, args...).CombinedOutput()
	return string(out), err
}

func TestBench(t *testing.T) {
	// More calls than one part has.
	out, err := benchmark(t, "BenchmarkMemory", "6000x", "-test.bench=^BenchmarkMemory$/^(Find|Commit|Delete)")
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	few, err := benchmark(t, "BenchmarkMemory", "2x")
	if err != nil {
		t.Errorf("%v:\n%s", err, few)
	}
	var names []string
	line := regexp.MustCompile(`(?m)^BenchmarkMemory/(\w+(?:/[a-z]+)?)(?:-\d+)?\s+2\t.* ns/op.* allocs/op$`)
	for _, m := range line.FindAllStringSubmatch(few, -1) {
		names = append(names, m[1])
	}
	if !slices.Equal(names, benchNames) {
		t.Errorf("benchmarks %q; want %q\n%s", names, benchNames, few)
	}
}

func TestBenchReports(t *testing.T) {
	out, err := benchmark(t, "BenchmarkBroken", "2x", "-broken")
	if err == nil {
		t.Error("the benchmarks of broken stores pass")
	}
	var failed []string
	for _, m := range regexp.MustCompile(`--- FAIL: BenchmarkBroken/(\w+/\w+)`).FindAllStringSubmatch(out, -1) {
		if !slices.Contains(failed, m[1]) {
			failed = append(failed, m[1])
		}
	}
	slices.Sort(failed)
	want := []string{
		"Fails/Delete", "Finds/FindHit", "Finds/FindMiss",
		"Loses/All100", "Loses/All10000", "Loses/FindHit",
	}
	if !slices.Equal(failed, want) {
		t.Errorf("failed: %q; want %q\n%s", failed, want, out)
	}
}
