package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A check tests one rule on a fresh store. The package documentation states the rule
// under the check's name.
type check struct {
	name string // within its group
	run  func(c *checker)

	ctxOnly  bool // it is about contexts, so Plain does not run it
	timed    bool // it waits for an expiry
	exact    bool // it needs an expiry more exact than a second
	needsAll bool // it calls All, but is not in the group All
	breaks   bool // it breaks the backend, which other stores may share
	final    bool // it tests the promise of FinalDelete
	revives  bool // it commits a deleted token, which FinalDelete forbids
}

func (ck check) in(m mode) bool { return m.ctx || !ck.ctxOnly }

type group struct {
	name   string
	checks []check
}

// groups has all checks but Methods and those of managerGroup. Users write the names in
// Skip and in -run, so a change of a name breaks them.
var groups = []group{
	{"Find", findChecks},
	{"Commit", slices.Concat(commitChecks, expiryChecks)},
	{"Delete", slices.Concat(deleteChecks, finalChecks)},
	{"All", allChecks},
	{"Concurrent", slices.Concat(concurrentChecks, concurrentExpiryChecks, linearizableChecks, finalConcurrentChecks)},
	{"Peer", slices.Concat(peerChecks, finalPeerChecks)},
	{"Prefix", prefixChecks},
	{"Reopen", reopenChecks},
	{"Fault", slices.Concat(faultChecks, faultDuringChecks, finalFaultChecks)},
}

// eachCheck calls f with all checks but Methods, in the order in which they run.
func eachCheck(f func(name string, m mode, g group, ck check)) {
	for _, m := range modes {
		for _, g := range groups {
			for _, ck := range g.checks {
				if ck.in(m) {
					f(m.name+"/"+g.name+"/"+ck.name, m, g, ck)
				}
			}
		}
	}
	for _, ck := range managerGroup.checks {
		f(managerGroup.name+"/"+ck.name, managerMode, managerGroup, ck)
	}
}

// checkNames returns the full names of all checks.
func checkNames() []string {
	names := []string{"Methods"}
	eachCheck(func(name string, _ mode, _ group, _ check) { names = append(names, name) })
	return names
}

// isName reports whether a check or a group of checks has this name.
func isName(name string) bool {
	return slices.ContainsFunc(checkNames(), func(full string) bool { return full == name || strings.HasPrefix(full, name+"/") })
}

// suite is the state of one call of Run.
type suite struct {
	config
	causes
	mu       sync.Mutex // held while newStore runs: its calls do not overlap
	newStore func(tb testing.TB) scs.Store
	hangs    atomic.Int64      // how many checks had a call that did not return
	gaveUp   map[string]string // the reasons, by mode and method: see giveUp
}

func newSuite(newStore func(tb testing.TB) scs.Store, opts []Option) (*suite, error) {
	s := &suite{newStore: newStore, gaveUp: make(map[string]string)}
	s.bound, s.skips = callBound, make(map[string]string)
	for _, o := range opts {
		o(&s.config)
	}
	if newStore == nil {
		s.misuse = append(s.misuse, errors.New("newStore is nil"))
	}
	return s, errors.Join(s.misuse...)
}

func (s *suite) open(tb testing.TB) scs.Store {
	tb.Helper()
	return s.opened(tb, "newStore", func() scs.Store { return s.newStore(tb) })
}

// opened calls a function that Run was given, and returns the store that it opens.
func (s *suite) opened(tb testing.TB, name string, open func() scs.Store) scs.Store {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	store := open()
	if store == nil {
		tb.Fatalf("storetest: %s returned nil", name)
	}
	return store
}

// skipReason returns the reason that Skip gave for a name, or "".
func (s *suite) skipReason(name string) string {
	return s.skips[strings.TrimPrefix(name, "/")] // Manager is in no mode
}

// lacksOption says which option of a group is missing, or returns "".
func (s *suite) lacksOption(group string) string {
	given, needed := map[string]bool{
		"Peer": s.peer != nil, "Prefix": s.prefix != nil, "Reopen": s.reopen != nil, "Fault": s.fault != nil,
	}[group]
	if needed && !given {
		return "no storetest." + group + " was given"
	}
	return ""
}

// skipsMode, skipsGroup and skipsCheck say why Run skips something, or return "".

func (s *suite) skipsMode(m mode, first scs.Store) string {
	reason := cmp.Or(s.skipReason(m.name), m.missing(first))
	if s.plainPanics != "" && m.name == "Plain" {
		reason = cmp.Or(reason, "the methods without a context panic: see Methods")
	}
	return reason
}

func (s *suite) skipsGroup(m mode, g group, first scs.Store) string {
	return cmp.Or(s.skipReason(m.name+"/"+g.name), s.lacksOption(g.name), m.api(first).lacks(g.name))
}

func (s *suite) skipsCheck(m mode, g group, ck check, first scs.Store) string {
	reason := s.skipReason(m.name + "/" + g.name + "/" + ck.name)
	if ck.exact && s.resolution > 0 {
		reason = cmp.Or(reason, "storetest.Resolution was given")
	}
	if ck.final && !s.finalDelete {
		reason = cmp.Or(reason, "storetest.FinalDelete was not given")
	}
	if ck.revives && s.finalDelete {
		reason = cmp.Or(reason, "storetest.FinalDelete was given")
	}
	if ck.needsAll || g.name == "All" && ck.name != "Exactly" {
		a := m.api(first)
		reason = cmp.Or(reason, a.lacks("All"), s.listsNothing[a.names["All"]])
	}
	return reason
}

// run runs one check on a store of its own.
func (s *suite) run(tb testing.TB, m mode, g group, ck check) {
	if s.hangs.Load() >= maxHangs {
		tb.Skip("calls of the store do not return: see the checks that failed")
	}
	store := s.open(tb)
	c := &checker{
		tb:    tb,
		rule:  ruleOf(g.name, ck.name).text,
		suite: s,
		mode:  m,
		store: store,
		api:   m.api(store),
		ctx:   context.Background(),
		clock: &clock{start: time.Now(), resolution: s.resolution},
		stop:  tb.FailNow,
		trace: new(trace),
		fails: new(failures),

		labels: make(map[string]string),
	}
	c.clock.useStore(s, tb, store)
	defer func() {
		if c.fails.hung.Load() {
			s.hangs.Add(1)
		}
	}()
	c.run(func() { ck.run(c) })
}
