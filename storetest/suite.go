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

// A check tries one rule, which the package documentation states under its name, on a
// fresh store.
type check struct {
	name string // within its group
	run  func(c *checker)

	ctxOnly  bool // it is about contexts, so Plain has none
	timed    bool // it waits for an expiry
	exact    bool // it is about less than a second
	needsAll bool // it is outside the group All and calls it nevertheless
	breaks   bool // it breaks the backend, which others may share
	final    bool // it is about the promise of FinalDelete
	revives  bool // it commits a token that was deleted, as FinalDelete forbids
}

func (ck check) in(m mode) bool { return m.ctx || !ck.ctxOnly }

type group struct {
	name   string
	checks []check
}

// groups is the one table of all checks but Methods and those of managerGroup. The
// names are an interface: people write them in Skip and in -run.
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

// isName reports whether name is that of a check or of a group of checks.
func isName(name string) bool {
	return slices.ContainsFunc(checkNames(), func(full string) bool { return full == name || strings.HasPrefix(full, name+"/") })
}

// suite is what one call of Run knows.
type suite struct {
	config
	causes
	mu       sync.Mutex // held while newStore runs, whose author may not expect two calls at once
	newStore func(tb testing.TB) scs.Store
	hangs    atomic.Int64      // checks with a call that did not return
	gaveUp   map[string]string // by mode and method: see giveUp
}

func newSuite(newStore func(tb testing.TB) scs.Store, opts []Option) (*suite, error) {
	s := &suite{newStore: newStore, gaveUp: make(map[string]string)}
	s.bound = callBound
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

// opened returns the store that a function of the caller of Run opens.
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

// asked returns the reason that was given to Skip for a name, or "".
func (s *suite) asked(name string) string {
	name = strings.TrimPrefix(name, "/") // Manager is in no mode
	for _, k := range s.skips {
		if k.name == name {
			return k.reason
		}
	}
	return ""
}

// lacksOption says which option a group needs and was not given, or "".
func (s *suite) lacksOption(group string) string {
	given, needed := map[string]bool{
		"Peer": s.peer != nil, "Prefix": s.prefix != nil, "Reopen": s.reopen != nil, "Fault": s.fault != nil,
	}[group]
	if needed && !given {
		return "no storetest." + group + " was given"
	}
	return ""
}

// The three that follow say why Run leaves something out, or return "".

func (s *suite) skipsMode(m mode, first scs.Store) string {
	reason := cmp.Or(s.asked(m.name), m.missing(first))
	if s.plainPanics != "" && m.name == "Plain" {
		reason = cmp.Or(reason, "the methods without a context panic: see Methods")
	}
	return reason
}

func (s *suite) skipsGroup(m mode, g group, first scs.Store) string {
	return cmp.Or(s.asked(m.name+"/"+g.name), s.lacksOption(g.name), m.api(first).lacks(g.name))
}

func (s *suite) skipsCheck(m mode, g group, ck check, first scs.Store) string {
	reason := s.asked(m.name + "/" + g.name + "/" + ck.name)
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
		reason = cmp.Or(reason, a.lacks("All"), s.listsNothing[a.allName])
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
		rule:  rules[g.name+"/"+ck.name].text,
		suite: s,
		mode:  m,
		store: store,
		api:   m.api(store),
		ctx:   context.Background(),
		clock: &clock{start: time.Now(), resolution: s.resolution},
		stop:  tb.FailNow,
		trace: new(trace),
		fails: new(failures),
	}
	c.clock.of(s, tb, store)
	defer func() {
		if c.fails.hung.Load() {
			s.hangs.Add(1)
		}
	}()
	c.run(func() { ck.run(c) })
}
