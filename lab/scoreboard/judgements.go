package main

import (
	"errors"
	"fmt"
	"regexp"
)

// A judgement explains failures of stores.
type judgement struct {
	stores string // a regular expression that matches whole names
	always string // checks that fail in every run, a regular expression too
	rarely string // checks that may fail in some runs or in none
	user   string // what a user sees
}

var bugs = []judgement{
	{"boltstore", "Plain/Find/ResultStays", "Plain/(Find|All|Concurrent)/.*|Manager/ConcurrentRequests",
		"Under load a request may read another session's data or a mix, or the process may end with a segmentation fault: Find and All return memory of the database file that belongs to the transaction, which has ended."},
	{"boltstore|badgerstore", "Plain/Commit/ZeroTime", "",
		"A session committed with the zero time lives for ever: times before 1970 are negative, and are read as an unsigned number far ahead."},
	{"badgerstore", "Plain/All/Many", "Plain/All/.*|Plain/Concurrent/AllDuringChanges|Manager/Iterate",
		"Iterate with many sessions gives one session the data of another: All keeps slices that the iterator uses again."},
	{"badgerstore|redisstore|goredisstore", "(Plain|Ctx)/Prefix/(Longer|Empty)", "",
		"Where one prefix begins another, `app:` and `app:admin:`, Iterate gives the sessions of both, and in the first application the cookie `admin:TOKEN` opens a session of the second."},
	{"goredisstore", "Ctx/Commit/(PastExpiry|NowExpiry|ZeroTime|TimeZone|LocalTime)|Ctx/All/LeavesOutPastExpiry|Manager/Lifetime", "",
		"A session that a request outlives is stored for ever: go-redis takes a time that has passed for no expiry at all."},
	{"gormstore-.*", "Plain/Concurrent/FirstCommit", "Plain/Concurrent/ExpiryOfLast|Plain/(Concurrent|Peer)/Linearizable",
		"Of two requests that commit a new token at the same time one fails, with a duplicate key: Commit looks for the row, then inserts it."},
	{"gormstore-.*", "", "Plain/Commit/(Expiry.*|AfterExpiry)|Plain/(Concurrent|Peer|Fault)/.*|Manager/ConcurrentRequests",
		"A Commit at the moment when the clean-up deletes the expired session stores nothing and returns nil: it looks for the row, then updates none."},
	{"mysqlstore.*|gormstore-MariaDB|bunstore-MariaDB", "", "(Plain|Ctx)/(Concurrent|Peer)/.*|Manager/ConcurrentRequests",
		"Requests of one session at the same time may fail: MariaDB ends one of them to resolve a deadlock, and the store does not try again."},
	{"gormstore-.*", "Plain/Commit/(ZeroTime|NilData)", "",
		"A session committed with the zero time keeps its old expiry, one with nil data its old data: gorm leaves zero values out of an update."},
	{"gormstore-SQLite|bunstore-MariaDB", "(Plain|Ctx)/Commit/(TimeZone|LocalTime)|Manager/(IdleTimeout|Lifetime)", "",
		"Where the local time is not UTC, sessions end hours early or late: scs's expiry, in UTC, is compared with the local time as if both had one zone."},
	{"bunstore-.*", "Ctx/Find/Cancelled|Ctx/Fault/Find", "Ctx/Fault/Linearizable",
		"While the database does not answer, users lose their sessions: Find says not found in place of the error, and scs begins a new session."},
	{"bunstore-.*", "", "Ctx/All/CancelledDuring|Ctx/Fault/All(During)?",
		"An Iterate that is interrupted gives a part of the sessions, without an error: AllCtx does not ask rows.Err."},
	{"bunstore-PostgreSQL", "Ctx/Commit/(ExpiryLonger|ExpiryShorter|PastExpiry|ZeroTime)|Ctx/All/LeavesOutPastExpiry|Ctx/Concurrent/ExpiryOfLast|Ctx/Peer/ExpiryChanged|Manager/(IdleTimeout|Lifetime)", "",
		"A session keeps the expiry of its first commit: with IdleTimeout, users are logged out while they work. The update sets the data alone."},
}

// limits are failures that are no bugs, or bugs that hardly any user meets.
var limits = []judgement{
	{"goredisstore|pgxstore|bunstore-.*", "Methods", "",
		"Find, Commit and Delete panic; only the methods with a context work, which SessionManager calls."},
	{"redisstore|goredisstore", "(Plain|Ctx)/Prefix/Glob", "",
		"With a prefix that has characters of patterns, as `[`, Iterate finds nothing or others' sessions."},
	{"postgresstore|pgxstore|mysqlstore.*|bunstore-.*", "(Plain|Ctx)/Commit/NilData", "",
		"With an scs.Codec that encodes to nil the request fails: nil is stored as NULL, which the README's table refuses."},
	{"mysqlstore|gormstore-MariaDB|bunstore-MariaDB", "(Plain|Ctx)/(Find/Tampered|Commit/(SimilarTokens|TokenBytes)|Delete/(Malformed|OnlyThat)|All/TokenBytes)|Manager/GarbageCookies", "",
		"Tokens that differ in the case of letters alone, or in spaces at the end, are one: the table compares them with the order of its database. mysqlstore-other-table has a table that does not."},
	{"postgresstore|pgxstore|gormstore-PostgreSQL|bunstore-.*", "(Plain|Ctx)/Delete/Malformed", "(Plain|Ctx)/(Find/Malformed|(Commit|All)/TokenBytes)",
		"Tokens with a NUL or bytes that are not UTF-8, which no browser sends, are errors, or are taken for others."},
	{"gormstore-(PostgreSQL|SQLite)", "Plain/(Commit|All)/TokenBytes", "",
		"A Commit of the empty token, which scs never makes, replaces another session: gorm leaves zero values out of a condition."},
}

func matches(pattern, name string) bool {
	return regexp.MustCompile("^(" + pattern + ")$").MatchString(name)
}

// checkJudgements reports failures without a judgement and judgements without a failure.
func (b *board) checkJudgements() error {
	var errs []error
	for _, c := range columns {
		for _, check := range b.Checks {
			r := b.Results[c.name][check]
			if r.Failed > 0 && judgementOf(c.name, check).user == "" {
				errs = append(errs, fmt.Errorf("%s: %s failed %d of %d and is not in judgements.go: %s", c.name, check, r.Failed, r.Runs, r.Message))
			}
		}
		for _, j := range append(bugs, limits...) {
			if !matches(j.stores, c.name) {
				continue
			}
			found := j.always == ""
			for check, r := range b.Results[c.name] {
				if !matches(j.always, check) || r.Runs == 0 {
					continue
				}
				found = true
				if r.Failed < r.Runs {
					errs = append(errs, fmt.Errorf("%s: %s failed %d of %d; judgements.go says always", c.name, check, r.Failed, r.Runs))
				}
			}
			if !found {
				errs = append(errs, fmt.Errorf("%s: no check is %s, which judgements.go names", c.name, j.always))
			}
		}
	}
	return errors.Join(errs...)
}

// judgementOf returns the judgement of a failure, or the zero value. It prefers one whose
// always matches.
func judgementOf(store, check string) (rarely judgement) {
	for _, j := range append(bugs, limits...) {
		switch {
		case !matches(j.stores, store):
		case matches(j.always, check):
			return j
		case rarely.user == "" && matches(j.rarely, check):
			rarely = j
		}
	}
	return rarely
}
