package main

import (
	"errors"
	"fmt"
	"path"
)

// A judgement is what somebody found who looked at failures of a store.
type judgement struct {
	store  string
	always []string // the checks that fail in every run, as patterns of path.Match
	rarely []string // those that fail in some runs only, perhaps in none
	user   string   // what a user sees
}

var judgements = []judgement{
	{
		store: "boltstore", always: []string{"Plain/Commit/ZeroTime"},
		user: "A session committed with the zero time lives for ever: its nanoseconds are negative, and are read as an unsigned number far ahead.",
	},
	{
		store: "boltstore", rarely: []string{"Plain/Concurrent/OneToken", "Plain/Concurrent/Linearizable", "Plain/Concurrent/DistinctTokens", "Plain/Concurrent/AllDuringChanges", "Plain/All/Many", "Plain/Find/ResultStays", "Manager/ConcurrentRequests"},
		user: "Under load a request may read another session's data or a mix, or the process may end with a segmentation fault: Find and All return memory of the database file that belongs to the transaction, which has ended.",
	},
	{
		store: "badgerstore", always: []string{"Plain/Commit/ZeroTime"},
		user: "A session committed with the zero time lives for ever: seconds before 1970 are negative, and are read as an unsigned number far ahead.",
	},
	{
		store: "badgerstore", always: []string{"Plain/All/Many"}, rarely: []string{"Plain/All/*", "Plain/Concurrent/AllDuringChanges", "Manager/Iterate"},
		user: "Iterate with many sessions gives one session the data of another: All keeps slices that the iterator uses again.",
	},
	{
		store: "badgerstore", always: []string{"Plain/Commit/SubSecond"}, rarely: []string{"Plain/Find/NotProlonged", "Manager/IdleTimeout"},
		user: "A session ends up to a second before its time: expiries are full seconds, rounded down.",
	},
	{
		store: "sqlite3store", always: []string{"Plain/Commit/EmptyData"},
		user: "With an scs.Codec that encodes to nil the request fails: nil is stored as NULL, which the README's table refuses.",
	},
	{
		store:  "goredisstore",
		always: []string{"Plain/Find/*", "Plain/Commit/*", "Plain/Delete/*", "Plain/Concurrent/[DLO]*", "Plain/Peer/[ELS]*", "Plain/Fault/[CDFKLR]*"},
		user:   "Whoever calls Find, Commit or Delete without a context gets a panic. SessionManager itself calls the others.",
	},
	{
		store: "goredisstore",
		always: []string{"Ctx/Commit/PastExpiry", "Ctx/Commit/NowExpiry", "Ctx/Commit/ZeroTime", "Ctx/Commit/TimeZone",
			"Ctx/All/LeavesOutPastExpiry", "Manager/Lifetime"},
		user: "A session that a request outlives is stored for ever: go-redis takes a time that has passed for no expiry at all.",
	},
}

func (j judgement) about(check string) (always, rarely bool) {
	return matches(j.always, check), matches(j.rarely, check)
}

func matches(patterns []string, check string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, check); ok {
			return true
		}
	}
	return false
}

// judged reports the failures that nobody has judged, and the judgements that the
// run does not bear out.
func (b *board) judged() error {
	var errs []error
	for _, c := range columns {
		for _, check := range b.Checks {
			r := b.Results[c.name][check]
			if r.Failed > 0 && judgementOf(c.name, check) == nil {
				errs = append(errs, fmt.Errorf("%s: %s failed %d of %d and is not in judgements.go: %s", c.name, check, r.Failed, r.Runs, r.Message))
			}
		}
	}
	for _, j := range judgements {
		for _, p := range j.always {
			found := false
			for check, r := range b.Results[j.store] {
				if !matches([]string{p}, check) || r.Runs == 0 {
					continue
				}
				found = true
				if r.Failed < r.Runs {
					errs = append(errs, fmt.Errorf("%s: %s failed %d of %d; judgements.go says always", j.store, check, r.Failed, r.Runs))
				}
			}
			if !found {
				errs = append(errs, fmt.Errorf("%s: no check is %s, which judgements.go names", j.store, p))
			}
		}
	}
	return errors.Join(errs...)
}

// judgementOf returns the one about a failure, or nil. What always fails goes before
// what may.
func judgementOf(store, check string) *judgement {
	for _, wantAlways := range []bool{true, false} {
		for i := range judgements {
			always, rarely := judgements[i].about(check)
			if judgements[i].store == store && (wantAlways && always || !wantAlways && rarely) {
				return &judgements[i]
			}
		}
	}
	return nil
}
