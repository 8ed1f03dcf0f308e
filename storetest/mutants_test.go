package storetest

import (
	"errors"
	"maps"
	"path"
	"slices"
	"testing"

	"github.com/alexedwards/scs/v2"
)

// A mutant is a correct store with one bug, and the checks that must find it.
type mutant struct {
	name string
	bug  func(m *memory)
	as   func(m *memory) scs.Store // makes a type around the memory, if the type is the bug

	prefixing *prefixing       // a wrong way to make keys
	reopened  func(b *backend) // what Reopen changes

	opts []Option // in addition to those of all mutants

	// fails has the names of checks that must fail. A * is any mode, group or check.
	// Others may fail too: TestLegalStores guards against false failures.
	fails []string

	advancedOnly bool // the bug shows only after days
}

var errMutant = errors.New("mutant: an error")

func bug(name string, fails []string, bug func(m *memory)) mutant {
	return mutant{name: name, fails: fails, bug: bug}
}

func fails(checks ...string) []string { return checks }

// promises adds the option FinalDelete to a mutant.
func promises(mu mutant) mutant {
	mu.opts = append(mu.opts, FinalDelete())
	return mu
}

func advancedOnly(mu mutant) mutant {
	mu.advancedOnly = true
	return mu
}

var mutants = slices.Concat(
	findMutants, tokenMutants, commitMutants, expiryMutants, deleteMutants,
	allMutants, contextMutants, concurrentMutants, methodsMutants,
	linearizableMutants, halfwayMutants, peerMutants, faultMutants, managerMutants,
	prefixMutants, reopenMutants, finalMutants, hangMutants,
)

func (mu mutant) store(m *memory) scs.Store {
	if mu.bug != nil {
		mu.bug(m)
	}
	if mu.as != nil {
		return mu.as(m)
	}
	return m
}

// names returns the names of the checks that must fail.
func (mu mutant) names(t testing.TB) []string {
	t.Helper()
	matched := make(map[string]bool)
	for _, pattern := range mu.fails {
		known := false
		for _, name := range checkNames() {
			if ok, _ := path.Match(pattern, name); ok {
				matched[name], known = true, true
			}
		}
		if !known {
			t.Errorf("no check is named %s", pattern)
		}
	}
	return slices.Sorted(maps.Keys(matched))
}

// wantFailures runs the checks that the mutant must fail.
func (mu mutant) wantFailures(t *testing.T, advance bool) {
	t.Helper()
	ms := mu.memories()
	failed := failedChecks(t, ms.open, ms.options(advance), mu.names(t)...)
	for _, name := range mu.names(t) {
		if failed[name] == "" {
			t.Errorf("%s passes; want a failure", name)
		}
	}
}

// TestEveryCheckHasAMutant shows that every check can fail.
func TestEveryCheckHasAMutant(t *testing.T) {
	seen, caught := make(map[string]bool), make(map[string]bool)
	for _, mu := range mutants {
		if len(mu.fails) == 0 || seen[mu.name] {
			t.Errorf("%q must fail no check, or its name is used twice", mu.name)
		}
		seen[mu.name] = true
		for _, name := range mu.names(t) {
			caught[name] = true
		}
	}
	for _, name := range checkNames() {
		if !caught[name] {
			t.Errorf("no mutant fails %s", name)
		}
	}
	t.Logf("%d mutants, %d checks", len(mutants), len(checkNames()))
}
