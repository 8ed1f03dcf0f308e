package storetest

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Stores of these types lack some methods.
type (
	withoutContexts  struct{ iterable }
	withoutIteration struct{ scs.CtxStore }
	valueStore       struct{ *memory }
	iterable         interface {
		scs.Store
		scs.IterableStore
	}
)

// refusing makes Commit return an error and store nothing.
func refusing(bad func(r request) bool) func(m *memory) { return failsIf(bad, "Commit") }

func changesExpiry(change func(time.Time) time.Time) func(m *memory) {
	return on("Commit", func(r request, next handler) reply {
		r.expiry = change(r.expiry)
		return next(r)
	})
}

func roundDown(to time.Duration) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return t.Truncate(to) }
}

func roundUp(to time.Duration) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return t.Add(to - time.Nanosecond).Truncate(to) }
}

// slow makes every call take a while.
func slow(d time.Duration) func(m *memory) {
	return before(func(request) error { time.Sleep(d); return nil })
}

// legal are unusual but correct stores. No check may fail for them.
var legal = []mutant{
	{name: "ordinary"},
	{name: "without contexts", as: func(m *memory) scs.Store { return withoutContexts{m} }},
	{name: "without iteration", as: func(m *memory) scs.Store { return withoutIteration{m} }},
	{name: "with nothing but what a store must have", as: func(m *memory) scs.Store { return plain{m} }},
	{name: "a value, not a pointer", as: func(m *memory) scs.Store { return valueStore{m} }},
	{name: "refuses long tokens", bug: refusing(func(r request) bool { return len(r.token) > 200 })},
	{name: "refuses tokens with a colon", bug: refusing(func(r request) bool { return strings.Contains(r.token, ":") })},
	{name: "refuses the empty token", bug: refusing(func(r request) bool { return r.token == "" })},
	{name: "refuses tokens that are not base64url", bug: refusing(func(r request) bool { return notBase64(r.token) })},
	{name: "refuses large data", bug: refusing(func(r request) bool { return len(r.data) > 64<<10 })},
	{name: "rounds an expiry down to 10 ms", bug: changesExpiry(roundDown(10 * time.Millisecond))},
	{name: "rounds an expiry up to 10 ms", bug: changesExpiry(roundUp(10 * time.Millisecond))},
	{name: "rounds an expiry down to the second", bug: changesExpiry(roundDown(time.Second)), opts: []Option{Resolution(time.Second)}},
	{name: "rounds an expiry up to the second", bug: changesExpiry(roundUp(time.Second)), opts: []Option{Resolution(time.Second)}},
	{name: "takes an expiry in the past as a delete", bug: on("Commit", func(r request, next handler) reply {
		if !r.expiry.After(time.Now()) {
			return next(r.as("Delete"))
		}
		return next(r)
	})},
	{name: "a deleted token is dead until its tombstone expires", bug: deletesForGood, opts: []Option{FinalDelete()}},
	{name: "refuses an expiry further ahead than 200 years", bug: refusing(func(r request) bool { return r.expiry.Year() > time.Now().Year()+200 })},
	{name: "refuses an expiry after 2038", bug: refusing(func(r request) bool { return r.expiry.Unix() > math.MaxInt32 })},
	{name: "refuses an expiry before 1970, and the old session stays", bug: refusing(func(r request) bool { return r.expiry.Unix() < 0 })},
	{name: "copies nothing", bug: func(m *memory) { m.edit(func() { m.copyIn, m.copyOut = uncopied, uncopied }) }},
	{name: "returns bytes when nothing is found", bug: after("Find", func(r request, a *reply) {
		if !a.found {
			a.data = []byte{}
		}
	})},
	{name: "returns nil for no bytes", bug: after("Find", func(r request, a *reply) {
		if len(a.data) == 0 {
			a.data = nil
		}
	})},
	{name: "obeys a context that has ended", bug: before(func(r request) error { return r.ctx.Err() })},
	{name: "commits and deletes, and reports that the context has ended", bug: wrap(func(r request, next handler) reply {
		a := next(r)
		if r.method == "Commit" || r.method == "Delete" {
			a.err = errors.Join(a.err, r.ctx.Err())
		}
		return a
	})},
}

func TestLegalStores(t *testing.T) {
	for _, l := range slices.Concat(legal, legalFaults, []mutant{{name: "slow", bug: slow(time.Millisecond)}}) {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			ms := l.memories()
			Run(t, ms.open, ms.options(true)...)
		})
	}
}
