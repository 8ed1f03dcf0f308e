package scoreboard

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
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

// matches reports whether a regular expression matches the whole name.
func matches(pattern, name string) bool {
	return regexp.MustCompile("^(" + pattern + ")$").MatchString(name)
}

// judge returns failures without a judgement, and judgements without a failure.
func (b *board) judge() (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for store, results := range b.Results {
		for check, r := range results {
			if r.Failed > 0 && judgementOf(store, check).user == "" {
				problem("%s: %s failed %d of %d and is not in judgements_test.go: %s", store, check, r.Failed, r.Runs, r.Message)
			}
		}
		for _, j := range append(bugs, limits...) {
			found := j.always == "" || !matches(j.stores, store)
			for check, r := range results {
				if !matches(j.stores, store) || !matches(j.always, check) {
					continue
				}
				found = true
				if r.Failed < r.Runs {
					problem("%s: %s failed %d of %d; judgements_test.go says always", store, check, r.Failed, r.Runs)
				}
			}
			if !found {
				problem("%s: no check is %s, which judgements_test.go names", store, j.always)
			}
		}
	}
	return problems
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

func TestJudge(t *testing.T) {
	defer func(b, l []judgement) { bugs, limits = b, l }(bugs, limits)
	limits, bugs = nil, []judgement{{stores: "memstore|boltstore", always: "Plain/Find/.*", rarely: "Methods", user: "what"}}
	failed, always := result{Runs: 3, Failed: 1, Message: "why"}, result{Runs: 3, Failed: 3}
	for _, tt := range []struct {
		boltstore map[string]result
		want      []string
	}{
		{map[string]result{"Plain/Find/Missing": always, "Methods": failed}, nil},
		{map[string]result{"Plain/Find/Missing": failed}, []string{"boltstore: Plain/Find/Missing failed 1 of 3; judgements_test.go says always"}},
		{map[string]result{"Methods": {Runs: 3}}, []string{"boltstore: no check is Plain/Find/.*, which judgements_test.go names"}},
		{
			map[string]result{"Plain/Find/Missing": always, "Manager/Login": failed},
			[]string{"boltstore: Manager/Login failed 1 of 3 and is not in judgements_test.go: why"},
		},
	} {
		b := &board{Results: map[string]map[string]result{"memstore": {"Plain/Find/Missing": always}, "boltstore": tt.boltstore}}
		if got := b.judge(); !slices.Equal(got, tt.want) {
			t.Errorf("judge() of %v = %q; want %q", tt.boltstore, got, tt.want)
		}
	}
}
