package storetest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMessages compares failure messages. TOKN… stands for any token.
func TestMessages(t *testing.T) {
	for _, tt := range []struct{ mutant, check, want string }{
		{"an expiry in the past means for ever", "Ctx/Commit/PastExpiry",
			`CommitCtx("TOKN…", "abc", 2 s ago), then FindCtx("TOKN…") = "abc", true, <nil>; want nil, false, nil`},
		{"deleting the empty token is an error", "Plain/Delete/Empty",
			`Delete("") = error "mutant: an error"; want nil`},
		{"delete does nothing", "Plain/All/LeavesOutDeleted",
			`Commit("TOKN…", "gone", in 24 h), then Delete("TOKN…"), then All() = 2 sessions with "TOKN…"; want 1 session`},
		{"all of no sessions is nil", "Ctx/All/Empty",
			`AllCtx() = a nil map, <nil>; want an empty map that is not nil, nil`},
		{"find with a cancelled context finds nothing", "Ctx/Find/Cancelled",
			`CommitCtx("TOKN…", "abc", in 24 h), then FindCtx(cancelled context, "TOKN…") = nil, false, <nil>; want "abc", true, nil or an error`},
		{"data is cut at 64 KiB", "Plain/Commit/Large",
			`Commit("TOKN…", "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f…" (1048576 bytes), in 24 h), then Find("TOKN…") = "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f…" (65535 bytes), true, <nil>; want "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f…" (1048576 bytes), true, nil`},
		{"the methods without a context panic", "Methods",
			`Commit("TOKN…", …) panicked in storetest.panicsPlain.Commit (mutants_methods_test.go:LINE): missing context arg; want it to work, or storetest.Skip("Plain", …) if `},
		{"find does not look at the expiry", "Plain/Find/Expired",
			`Commit("TOKN…", "abc", in 1 h), then 1 h pass, then Find("TOKN…") = "abc", true, <nil>; want nil, false, nil`},
		{"deleting the empty token deletes everything", "Plain/Delete/Empty",
			`Commit("TOKN…", "abc", in 24 h), then Delete(""), then Find("TOKN…") = nil, false, <nil>; want "abc", true, nil`},
		{"tokens are compared without case", "Plain/All/TokenBytes",
			`Commit("TOKN…", "data 0", in 24 h), then Commit("TOKN…" (its letters in the other case), "data 1", in 24 h), then All() = 40 sessions without "TOKN…"; want 43 sessions`},
		{"the key is the prefix and the token, and a token may be anything", "Plain/Prefix/Longer",
			`store("stX:").All() = 2 sessions with "TOKN…" (the rest of the other prefix and its token); want 1 session`},
		{"commit overwrites the bytes that find has returned", "Plain/Find/ResultStays",
			`Commit("TOKN…", "old 0", in 24 h), then Find("TOKN…") = "old 0", then Commit("TOKN…", "new 0", in 24 h): the bytes that were returned are now "new 0"; want them unchanged`},
		{"delete with a cancelled context does nothing", "Manager/DestroyDisconnected",
			`GET /put?user=ann = 200, cookie "TOKN…", then GET /logout with cookie "TOKN…" by a client that leaves before Destroy = no error, then GET /get with cookie "TOKN…" = 200, session "user=ann"; want session "", or an error from Destroy`},
		{"an expiry in the past is refused and the session deleted", "Manager/Lifetime",
			`GET /put?user=bob = 200, cookie "TOKN…", then GET /end with cookie "TOKN…" = 500, error "mutant: an error"; want 200`},
		{"the first expiry stays", "Manager/IdleTimeout",
			`GET /put?user=bob = 200, cookie "TOKN…", then GET /get with cookie "TOKN…" = 200, session "user=bob", cookie "TOKN…", then no request until 1 h have passed, then GET /get with cookie "TOKN…" = 200, session ""; want session "user=bob"`},
		{"find panics on a percent sign", "Manager/GarbageCookies",
			`GET /put?user=ann = 200, cookie "TOKN…", then GET /get with cookie "%00" calls FindCtx("%00"), which panicked in storetest.panicOnPercent (mutants_manager_test.go:LINE): mutant: %!(NOVERB); want 200`},
		{"delete reaches into every store", "Manager/TwoManagers",
			`…, then GET store1/get with cookie "TOKN…" = 200, session "user=ann", then GET store2/logout with cookie "TOKN…" = 200, the cookie removed, then GET store2/get with cookie "TOKN…" = 200, session "", then GET store1/get with cookie "TOKN…" = 200, session ""; want session "user=ann"`},
		{"all lists a record that is no session", "Manager/Iterate",
			`SessionManager.Iterate with no session = error "unexpected EOF"; want it with no session, and nil`},
		{"CommitCtx is not there", "Methods",
			`storetest.withoutCommit has FindCtx and DeleteCtx but not CommitCtx; want all of scs.CtxStore or nothing of it`},
		{"the arguments of CommitCtx have another order", "Methods",
			`(storetest.argsSwapped).CommitCtx is a func(context.Context, string, time.Time, []uint8) error; want func(context.Context, string, []uint8, time.Time) error`},
		{"commit does not overwrite", "Ctx/Concurrent/Linearizable",
			`of CALLS calls on "TOKN…" by goroutines at the same time, these have no order that explains their results
	 1 to 2   goroutine 1: CommitCtx("TOKN…", "1.01 1.01", in 24 h) = <nil>
	 3 to 4   goroutine 1: CommitCtx("TOKN…", "1.02", in 24 h) = <nil>
	 5 to 6   goroutine 1: FindCtx("TOKN…") = "1.01 1.01", true, <nil>
`},
		{"a cache in every process keeps what was found", "Plain/Peer/SeesOverwrite",
			`store.Commit("TOKN…", "old", in 24 h), then peer.Find("TOKN…"), then store.Commit("TOKN…", "newer", in 24 h), then peer.Find("TOKN…") = "old", true, <nil>; want "newer", true, nil`},
		{"find finds nothing while the backend is broken", "Ctx/Fault/Find",
			`while the backend is broken: CommitCtx("TOKN…", "abc", in 24 h), then FindCtx("TOKN…") = nil, false, <nil>; want an error`},
		{"all panics while the backend is broken", "Plain/Fault/All",
			`while the backend is broken: All() panicked in storetest.init.funcN (mutants_fault_test.go:LINE): mutant: nil cursor; want an error`},
		{"a commit that fails has written a part", "Plain/Fault/FailedWrites",
			`after the backend has healed: Commit("TOKN…", "old data", in 24 h), then Commit("TOKN…", "newer", in 24 h) = error "backend is down", then Find("TOKN…") = "ne", true, <nil>; want "old data", true, nil or "newer", true, nil`},
		{"a session of scs comes back", "Manager/FinalDestroy",
			`GET /put?user=ann = 200, cookie "TOKN…", then GET /logout with cookie "TOKN…" = 200, the cookie removed, then GET /slow?cart=3 with cookie "TOKN…", which had begun before that = 200, cookie "TOKN…", then GET /get with cookie "TOKN…" = 200, session "cart=3&user=ann"; want session ""`},
		{"a deleted token can be committed again, against the promise", "Plain/Concurrent/Linearizable",
			`of CALLS calls on "TOKN…" by goroutines at the same time, these have no order that explains their results, when nothing is stored after a Delete (storetest.FinalDelete)
	 1 to 2   goroutine 1: Delete("TOKN…") = <nil>
	 3 to 4   goroutine 1: Commit("TOKN…", "1.03 1.03", in 24 h) = <nil>
	 5 to 6   goroutine 1: Find("TOKN…") = "1.03 1.03", true, <nil>
`},
	} {
		got := messageOf(t, tt.mutant, tt.check)
		_, rule, _ := strings.Cut(got, "\nrule: ")
		check := strings.Split(tt.check, "/")
		if !strings.HasPrefix(got, tt.want) || !strings.HasPrefix(rule, ruleOf(check[max(0, len(check)-2)], check[len(check)-1]).text) {
			t.Errorf("%s on %q says\n%s\nwant\n%s", tt.check, tt.mutant, got, tt.want)
		}
	}
}

func messageOf(t *testing.T, mutantName, name string) string {
	t.Helper()
	i := slices.IndexFunc(mutants, func(mu mutant) bool { return mu.name == mutantName })
	if i < 0 {
		t.Fatalf("no mutant is named %q", mutantName)
	}
	ms := mutants[i].memories()
	msg := failedChecks(t, ms.open, ms.options(true), name)[name]
	msg = regexp.MustCompile(`"[A-Za-z0-9_-]{4}…"`).ReplaceAllString(msg, `"TOKN…"`)
	msg = regexp.MustCompile(`\d+ calls`).ReplaceAllString(msg, "CALLS calls")
	msg = regexp.MustCompile(`store\("st\w+:`).ReplaceAllString(msg, `store("stX:`)
	msg = regexp.MustCompile(`init\.func\d+`).ReplaceAllString(msg, "init.funcN")
	return regexp.MustCompile(`\.go:\d+`).ReplaceAllString(msg, `.go:LINE`)
}

func TestFormatExpiry(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		expiry time.Time
		want   string
	}{
		{time.Time{}, "the zero time"},
		{now, "now"},
		{now.Add(-time.Microsecond), "now"},
		{now.Add(-2 * time.Second), "2 s ago"},
		{now.Add(-2*time.Second - 3*time.Microsecond), "2 s ago"},
		{now.Add(24*time.Hour - time.Millisecond), "in 24 h"},
		{now.Add(time.Hour - 50*time.Millisecond), "in 1 h"},
		{now.Add(400*time.Millisecond - 5*time.Microsecond), "in 400 ms"},
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), "in the year 9999"},
		{now.Add(time.Hour).In(time.FixedZone("UTC-12", -12*60*60)), "in 1 h UTC-12"},
	} {
		if got := formatExpiry(tt.expiry, now); got != tt.want {
			t.Errorf("formatExpiry(%v, %v) = %q; want %q", tt.expiry, now, got, tt.want)
		}
	}
}
