package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// An Option changes what [Run] does.
type Option func(*config)

type config struct {
	skips   map[string]string // the reasons, by name
	advance func(tb testing.TB, s scs.Store, d time.Duration)
	peer    func(tb testing.TB, s scs.Store) scs.Store
	prefix  func(tb testing.TB, prefix string) scs.Store
	reopen  func(tb testing.TB, s scs.Store) scs.Store
	fault   func(tb testing.TB, s scs.Store) (heal func())

	finalDelete bool

	resolution time.Duration
	bound      time.Duration // time limit of each call of the store
	// misuse collects what is wrong with the options; Run reports all of it.
	misuse []error
}

// needed returns an option that reports a missing function as misuse.
func needed(name string, given bool, set Option) Option {
	return func(cfg *config) {
		if !given {
			cfg.misuse = append(cfg.misuse, fmt.Errorf("%s(nil): a function is needed", name))
		}
		set(cfg)
	}
}

// Skip leaves out one check, such as "Ctx/Commit/PastExpiry", or a whole group, such as
// "Plain" or "Ctx/All". The reason is shown by go test -v. A name that is neither makes
// Run fail with the list of the names, so you notice when a check was renamed.
func Skip(name, reason string) Option {
	return func(cfg *config) {
		if reason == "" {
			cfg.misuse = append(cfg.misuse, fmt.Errorf("Skip(%q, %q): say why", name, reason))
		}
		if !isName(name) {
			cfg.misuse = append(cfg.misuse, fmt.Errorf("Skip(%q): no check or group has this name; the checks are\n\t%s",
				name, strings.Join(checkNames(), "\n\t")))
		}
		cfg.skips[name] = reason
	}
}

// Advance gives Run a way to make time pass for the store s, so that it does not sleep
// until sessions expire. When advance returns, every session in s that expires within d
// must have expired. A store that newStore returns must start at the real time.
//
// While a check uses Advance no other check runs, so sessions in other stores that
// newStore has returned may expire too.
func Advance(advance func(tb testing.TB, s scs.Store, d time.Duration)) Option {
	return needed("Advance", advance != nil, func(cfg *config) { cfg.advance = advance })
}

// Peer gives Run a way to open a second store over the keyspace of the store s, as
// another process would: with a connection, a cache and locks of its own. The function
// releases the second store with tb.Cleanup. This option adds the group Peer.
//
// With [Advance], time must pass for both stores when it passes for s.
func Peer(open func(tb testing.TB, s scs.Store) scs.Store) Option {
	return needed("Peer", open != nil, func(cfg *config) { cfg.peer = open })
}

// Prefix gives Run a way to open a store whose keys begin with a prefix, in a keyspace (a
// database, a server) that is the same for all prefixes. The function releases the store
// with tb.Cleanup. This option adds the group Prefix.
//
// All prefixes but the empty one begin with a random word, because other tests may use
// the keyspace too. If a store refuses a prefix, leave out its check with [Skip].
func Prefix(open func(tb testing.TB, prefix string) scs.Store) Option {
	return needed("Prefix", open != nil, func(cfg *config) { cfg.prefix = open })
}

// Reopen gives Run a way to close the store s and to open a store over what s has kept (a
// file, a database), as after a restart of the process. The function releases the new
// store with tb.Cleanup. This option adds the group Reopen.
//
// With [Advance], time must pass for the returned store too.
func Reopen(reopen func(tb testing.TB, s scs.Store) scs.Store) Option {
	return needed("Reopen", reopen != nil, func(cfg *config) { cfg.reopen = reopen })
}

// Resolution tells Run that the store rounds an expiry, up or down, to a multiple of d,
// such as a full second. Checks about an expiry allow for this, and sleep longer without
// [Advance]. Checks about less than a second are left out.
func Resolution(d time.Duration) Option {
	return func(cfg *config) {
		if d <= 0 {
			cfg.misuse = append(cfg.misuse, fmt.Errorf("Resolution(%v): a time is needed", d))
		}
		cfg.resolution = d
	}
}

// Fault gives Run a way to break the backend of the store s: to stop its server, to make
// it hang, to cut its connections. After breakBackend has returned, no call reaches the
// backend. After heal has returned, every call reaches it again. This option adds the
// group Fault.
//
// A fault must not lose data: restart a server only if it has stored all that it had
// acknowledged. Otherwise leave out the checks Kept, FailedWrites and Linearizable with
// [Skip].
//
// Every check of Fault breaks the backend once and waits until calls have failed, so give
// the client short timeouts. While a check uses Fault no other check runs, so it may
// break the other stores that newStore has returned.
func Fault(breakBackend func(tb testing.TB, s scs.Store) (heal func())) Option {
	return needed("Fault", breakBackend != nil, func(cfg *config) { cfg.fault = breakBackend })
}

// FinalDelete is for a store whose promise is stronger than scs requires, a logout that
// holds: after Delete of a token has returned nil, no Commit of it stores anything, in
// any process. Without this promise, a request that runs during a logout brings the
// session back. Each such Commit returns nil, because scs answers an error with status
// 500, and the request did nothing wrong.
//
// It adds the checks named Final, and Linearizable judges by this promise. ThenCommit and
// DeleteCommit, which require the opposite, are left out. If tombstones expire, let them
// live for five minutes or more. The empty token, which scs deletes and never commits, is
// not checked.
func FinalDelete() Option { return func(cfg *config) { cfg.finalDelete = true } }

// Run checks the stores that newStore makes, in sub-tests of t. The package documentation
// states the rules.
//
// Each call of newStore must return a store over an empty keyspace of its own (a prefix,
// a table, a file), and release it with tb.Cleanup. The calls do not overlap, but the
// stores are used at the same time.
//
// All sub-tests have ended when Run returns.
func Run(t *testing.T, newStore func(tb testing.TB) scs.Store, opts ...Option) {
	t.Helper()
	s, err := newSuite(newStore, opts)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	first := s.openFirst(t)

	t.Run("Methods", func(t *testing.T) {
		skipIf(t, s.skipReason("Methods"))
		s.runMethods(t, first)
	})
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			skipIf(t, s.skipsMode(m, first))
			for _, g := range groups {
				t.Run(g.name, func(t *testing.T) {
					skipIf(t, s.skipsGroup(m, g, first))
					s.runGroup(t, m, g, first)
				})
			}
		})
	}
	t.Run(managerGroup.name, func(t *testing.T) {
		skipIf(t, s.skipReason(managerGroup.name))
		s.runGroup(t, managerMode, managerGroup, first)
	})
}

func (s *suite) runGroup(t *testing.T, m mode, g group, first scs.Store) {
	for _, ck := range g.checks {
		if !ck.in(m) {
			continue
		}
		t.Run(ck.name, func(t *testing.T) {
			skipIf(t, s.skipsCheck(m, g, ck, first))
			// Parallel sub-tests wait until all others have ended. So a sub-test that
			// moves the clock or breaks the backend runs alone.
			if !ck.breaks && (!ck.timed || s.advance == nil) {
				t.Parallel()
			}
			s.run(t, m, g, ck)
		})
	}
}

func skipIf(t *testing.T, reason string) {
	t.Helper()
	if reason != "" {
		t.Skip(reason)
	}
}
