package storetest

import (
	"maps"
	"path"
	"slices"
	"testing"

	"github.com/alexedwards/scs/v2"
)

// A mutant is a correct store with one bug, and what must be said about it.
type mutant struct {
	name string
	bug  func(m *memory)
	as   func(m *memory) scs.Store // a type around the memory, if that is the bug

	// fails has the names of the checks that must fail, and of no other; a * is
	// any mode, group or check. slept has them for a store without Advance, if
	// they are not the same because the lifetimes are shorter there.
	fails []string
	slept []string

	// may has the names of those that it fails or not, by how goroutines happen to
	// be scheduled.
	may []string

	// shared is for a bug that needs Peer, breaks for one that needs Fault.
	shared bool
	breaks bool

	// sleptOnly is for a bug that a slow machine could hide: whether a session was
	// there in time is judged by a clock that stands still only in a bubble.
	sleptOnly bool
}

var mutants = slices.Concat(
	findMutants, tokenMutants, commitMutants, expiryMutants, deleteMutants,
	allMutants, contextMutants, concurrentMutants, methodsMutants,
	linearizableMutants, peerMutants, faultMutants, managerMutants,
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

func (mu mutant) namesSlept() []string {
	if mu.slept != nil {
		return mu.slept
	}
	return mu.fails
}

// expand returns the names of the checks that the patterns match.
func expand(t testing.TB, patterns []string) []string {
	t.Helper()
	matched := make(map[string]bool)
	for _, pattern := range patterns {
		any := false
		for _, name := range checkNames() {
			if ok, _ := path.Match(pattern, name); ok {
				matched[name], any = true, true
			}
		}
		if !any {
			t.Errorf("no check is named %s", pattern)
		}
	}
	return slices.Sorted(maps.Keys(matched))
}

func TestMutants(t *testing.T) {
	for _, mu := range mutants {
		t.Run(mu.name, func(t *testing.T) {
			t.Parallel()
			if mu.sleptOnly {
				t.Skip("for TestMutantsSlept")
			}
			ms := newMemories(mu.store)
			failed := runAll(t, ms.open, append(mu.options(ms), Advance(ms.advance))...)
			compareFailures(t, failed, expand(t, mu.fails), expand(t, mu.may))
		})
	}
}

// options returns what the mutant needs beside Advance.
func (mu mutant) options(ms *memories) (opts []Option) {
	if mu.shared {
		opts = append(opts, Peer(ms.peer))
	}
	if mu.breaks {
		opts = append(opts, Fault(ms.fault))
	}
	return opts
}

func compareFailures(t *testing.T, failed map[string]string, want, may []string) {
	t.Helper()
	for _, name := range want {
		if _, ok := failed[name]; !ok {
			t.Errorf("%s passes; want a failure", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		if !slices.Contains(want, name) && !slices.Contains(may, name) {
			t.Errorf("%s fails; want none of it:\n%s", name, failed[name])
		}
	}
}

// TestEveryCheckHasAMutant is what makes a check believable: it is known to fail.
func TestEveryCheckHasAMutant(t *testing.T) {
	caught := make(map[string]bool)
	for _, mu := range mutants {
		for _, name := range expand(t, mu.fails) {
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

func TestMutantTable(t *testing.T) {
	seen := make(map[string]bool)
	for _, mu := range mutants {
		if len(mu.fails) == 0 {
			t.Errorf("%q fails no check", mu.name)
		}
		if seen[mu.name] {
			t.Errorf("two mutants are named %q", mu.name)
		}
		seen[mu.name] = true
	}
}
