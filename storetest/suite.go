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

// A check is one rule and the function that tries it on a fresh store.
type check struct {
	name string // within its group
	rule string // where the rule comes from, a colon, and what it says
	run  func(c *checker)

	ctxOnly  bool // it is about contexts, so Plain has none
	timed    bool // it waits for an expiry
	needsAll bool // it is outside the group All and calls it nevertheless
	breaks   bool // it breaks the backend, which others may share
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
	{"Delete", deleteChecks},
	{"All", allChecks},
	{"Concurrent", slices.Concat(concurrentChecks, concurrentExpiryChecks, linearizableChecks)},
	{"Peer", peerChecks},
	{"Fault", slices.Concat(faultChecks, faultDuringChecks)},
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
	for _, full := range checkNames() {
		if full == name || len(full) > len(name) && full[:len(name)] == name && full[len(name)] == '/' {
			return true
		}
	}
	return false
}

// suite is what one call of Run knows.
type suite struct {
	config
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
	s.mu.Lock()
	defer s.mu.Unlock()
	store := s.newStore(tb)
	if store == nil {
		tb.Fatal("storetest: newStore returned nil")
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

// openPeer opens a second store over the keyspace of the first.
func (s *suite) openPeer(tb testing.TB, store scs.Store) scs.Store {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	peer := s.peer(tb, store)
	if peer == nil {
		tb.Fatal("storetest: the function of Peer returned nil")
	}
	return peer
}

// lacksOption says which option a group needs and was not given, or "".
func (s *suite) lacksOption(group string) string {
	if group == "Peer" && s.peer == nil || group == "Fault" && s.fault == nil {
		return "no storetest." + group + " was given"
	}
	return ""
}

// The three that follow say why Run leaves something out, or return "".

func (s *suite) skipsMode(m mode, first scs.Store) string {
	return cmp.Or(s.asked(m.name), m.missing(first))
}

func (s *suite) skipsGroup(m mode, g group, first scs.Store) string {
	return cmp.Or(s.asked(m.name+"/"+g.name), s.lacksOption(g.name), m.api(first).lacks(g.name))
}

func (s *suite) skipsCheck(m mode, g group, ck check, first scs.Store) string {
	reason := s.asked(m.name + "/" + g.name + "/" + ck.name)
	if ck.needsAll {
		return cmp.Or(reason, m.api(first).lacks("All"))
	}
	return reason
}

// run runs one check on a store of its own.
func (s *suite) run(tb testing.TB, m mode, ck check) {
	if s.hangs.Load() >= maxHangs {
		tb.Skip("calls of the store do not return: see the checks that failed")
	}
	store := s.open(tb)
	c := &checker{
		tb:    tb,
		rule:  ck.rule,
		suite: s,
		mode:  m,
		store: store,
		api:   m.api(store),
		ctx:   context.Background(),
		clock: &clock{start: time.Now()},
		stop:  tb.FailNow,
		trace: new(trace),
		fails: new(failures),
	}
	if s.advance != nil {
		c.clock.advance = func(d time.Duration) { s.advance(tb, store, d) }
	}
	defer func() {
		if c.fails.hung.Load() {
			s.hangs.Add(1)
		}
	}()
	ck.run(c)
}
