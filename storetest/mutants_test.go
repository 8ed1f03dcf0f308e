package storetest

import (
	"errors"
	"maps"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A mutant is a correct store with one bug, and what must be said about it.
type mutant struct {
	name string
	bug  func(m *memory)
	as   func(m *memory) scs.Store // a type around the memory, if that is the bug

	prefixing *prefixing                       // what is wrong with a prefix
	reopened  func(expiry time.Time) time.Time // what opening the store again does to an expiry

	opts []Option // beside those that all have

	// fails has the names of checks that must fail; a * is any mode, group or check.
	// That no check fails without a bug is for TestLegalStores to show.
	fails []string

	// sleptOnly is for a bug that a slow machine could hide: whether a session was
	// there in time is judged by a clock that stands still only in a bubble.
	sleptOnly bool

	// advancedOnly is for a bug that shows after days.
	advancedOnly bool
}

var errMutant = errors.New("mutant: an error")

func bug(name string, fails []string, bug func(m *memory)) mutant {
	return mutant{name: name, fails: fails, bug: bug}
}

func fails(checks ...string) []string { return checks }

// promises is for a mutant that is tried with the option FinalDelete.
func promises(mu mutant) mutant {
	mu.opts = append(mu.opts, FinalDelete())
	return mu
}

func sleptOnly(mu mutant) mutant {
	mu.sleptOnly = true
	return mu
}

func advancedOnly(mu mutant) mutant {
	mu.advancedOnly = true
	return mu
}

var mutants = slices.Concat(
	findMutants, tokenMutants, commitMutants, expiryMutants, deleteMutants,
	allMutants, contextMutants, concurrentMutants, methodsMutants,
	linearizableMutants, peerMutants, faultMutants, managerMutants, halfwayMutants, prefixMutants, reopenMutants, finalMutants, hangMutants(),
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

func (mu mutant) memories() *memories {
	ms := newMemories(mu.store)
	if mu.prefixing != nil {
		ms.prefixing = *mu.prefixing
	}
	ms.reopened, ms.opts = mu.reopened, mu.opts
	return ms
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
func (mu mutant) wantFailures(t *testing.T, newStore func(testing.TB) scs.Store, opts ...Option) {
	t.Helper()
	failed := failedChecks(t, newStore, opts, mu.names(t)...)
	for _, name := range mu.names(t) {
		if failed[name] == "" {
			t.Errorf("%s passes; want a failure", name)
		}
	}
}

func TestMutants(t *testing.T) {
	for _, mu := range mutants {
		if mu.sleptOnly {
			continue
		}
		t.Run(mu.name, func(t *testing.T) {
			t.Parallel()
			ms := mu.memories()
			mu.wantFailures(t, ms.open, append(ms.options(), Advance(ms.advance))...)
		})
	}
}

// TestEveryCheckHasAMutant is what makes a check believable: it is known to fail.
func TestEveryCheckHasAMutant(t *testing.T) {
	seen, caught := make(map[string]bool), make(map[string]bool)
	for _, mu := range mutants {
		if len(mu.fails) == 0 || seen[mu.name] {
			t.Errorf("%q fails no check, or there are two", mu.name)
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
