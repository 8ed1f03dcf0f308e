package storetest

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

func ordinary() (func(testing.TB) scs.Store, Option) {
	return stores(func(m *memory) scs.Store { return m })
}

// The names are an interface: a change here breaks somebody's Skip.
func TestNames(t *testing.T) {
	names := checkNames()
	for _, want := range []string{
		"Methods", "Plain/Find/Missing", "Ctx/Find/Cancelled", "Ctx/Commit/PastExpiry",
		"Plain/Commit/New", "Plain/Delete/Empty", "Plain/All/Many", "Ctx/Concurrent/OneToken",
		"Plain/Concurrent/Linearizable", "Ctx/Peer/SeesDelete", "Ctx/Peer/Linearizable", "Plain/Fault/Kept", "Ctx/Fault/Linearizable",
		"Manager/Login",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("no check is named %s", want)
		}
	}
	if slices.Contains(names, "Plain/Find/Cancelled") {
		t.Error("Plain/Find/Cancelled is a check; want it under Ctx only")
	}
	valid := regexp.MustCompile(`^(Methods|((Plain|Ctx)/[A-Z][a-z]+|Manager)/[A-Z][A-Za-z0-9]+)$`)
	for i, name := range names {
		if !valid.MatchString(name) || slices.Contains(names[:i], name) {
			t.Errorf("bad or repeated name %q", name)
		}
	}
}

func TestRules(t *testing.T) {
	form := regexp.MustCompile(`^(scs|storetest)\.[A-Z][A-Za-z.]+: .*[^.]$`)
	for _, g := range append(slices.Clone(groups), managerGroup) {
		for _, ck := range g.checks {
			if !form.MatchString(ck.rule) {
				t.Errorf("%s/%s: rule %q; want its source, a colon, and the rule without a full stop", g.name, ck.name, ck.rule)
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	newStore, _ := ordinary()
	for _, tt := range []struct {
		name     string
		newStore func(testing.TB) scs.Store
		opts     []Option
		want     []string
	}{
		{"no newStore", nil, nil, []string{"newStore is nil"}},
		{"Advance(nil)", newStore, []Option{Advance(nil)}, []string{"Advance(nil)"}},
		{"Peer(nil)", newStore, []Option{Peer(nil)}, []string{"Peer(nil)"}},
		{"Fault(nil)", newStore, []Option{Fault(nil)}, []string{"Fault(nil)"}},
		{"no reason", newStore, []Option{Skip("Ctx", "")}, []string{`Skip("Ctx", ""): say why`}},
		{
			"unknown name", newStore, []Option{Skip("Ctx/Commit/Past", "why")},
			[]string{`Skip("Ctx/Commit/Past"): no check`, "\tCtx/Commit/PastExpiry\n", "\tMethods\n"},
		},
		{"a part of a name", newStore, []Option{Skip("Pla", "why")}, []string{"no check or group"}},
		{"the empty name", newStore, []Option{Skip("", "why")}, []string{"no check or group"}},
		{"two mistakes", newStore, []Option{Skip("x", "why"), Advance(nil)}, []string{`Skip("x")`, "Advance(nil)"}},
	} {
		_, err := newSuite(tt.newStore, tt.opts)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v; want it to have %q", tt.name, err, want)
			}
		}
	}
	if _, err := newSuite(newStore, []Option{Skip("Ctx", "why"), Skip("Plain/All", "why"), Skip("Methods", "why"), Skip("Manager", "why"), Skip("Manager/Login", "why")}); err != nil {
		t.Errorf("Skip of groups: %v; want nil", err)
	}
}

func TestNilStore(t *testing.T) {
	s, err := newSuite(func(testing.TB) scs.Store { return nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := record(t, func(tb testing.TB) { s.open(tb) })
	if want := "newStore returned nil"; !r.Failed() || !strings.Contains(r.String(), want) {
		t.Errorf("failed = %t, %q; want %q", r.Failed(), r, want)
	}
}

func TestNilPeerAndHeal(t *testing.T) {
	newStore, _ := ordinary()
	failed := runAll(t, newStore,
		Peer(func(testing.TB, scs.Store) scs.Store { return nil }),
		Fault(func(testing.TB, scs.Store) func() { return nil }),
		Skip("Ctx", "to be brief"))
	for _, name := range checkNames() {
		group, want := "", ""
		if strings.HasPrefix(name, "Plain/") {
			group = strings.Split(name, "/")[1]
		}
		switch group {
		case "Peer":
			want = "the function of Peer returned nil"
		case "Fault":
			want = "the function of Fault returned nil"
		}
		if got := failed[name]; want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q; want %q", name, got, want)
		}
	}
}

// This store fails all of Plain and nothing else.
func TestSkip(t *testing.T) {
	newStore, advance := stores(func(m *memory) scs.Store { return panicsPlain{m} })
	Run(t, newStore, advance, Skip("Plain", "its methods panic"))
}

func TestSkipOneCheck(t *testing.T) {
	newStore, advance := stores(func(m *memory) scs.Store {
		failsOn(notBase64, false, false, true)(m)
		failsOn(func(token string) bool { return len(token) == 4000 }, true, false, false)(m)
		return m
	})
	Run(t, newStore, advance,
		Skip("Plain/Delete/Malformed", "it is an error here"),
		Skip("Ctx/Delete/Malformed", "it is an error here"),
		Skip("Manager/GarbageCookies", "one is an error here"))
}

var broken = flag.Bool("broken", false, "run TestBroken, which fails")

// TestBroken is for TestRunReports.
func TestBroken(t *testing.T) {
	if !*broken {
		t.Skip("for TestRunReports, which runs it with -broken")
	}
	newStore, advance := stores(func(m *memory) scs.Store {
		onCommit(func(m *memory, _ session, _ bool, s *session) bool { return !m.live(*s) })(m)
		find := m.find
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
			if len(token) > 60000 {
				panic("mutant: token too long")
			}
			return find(ctx, token)
		}
		return m
	})
	Run(t, newStore, advance, Skip("Ctx", "to be brief"))
}

// TestRunReports runs Run on a store that is wrong, in a process of its own.
func TestRunReports(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(exe, "-test.run=^TestBroken$", "-broken", "-test.v").CombinedOutput()
	if err == nil {
		t.Errorf("the test of a broken store passes")
	}
	var failed []string
	for _, m := range regexp.MustCompile(`--- FAIL: TestBroken/(Methods|Manager/\w+|\w+/\w+/\w+)`).FindAllStringSubmatch(string(out), -1) {
		failed = append(failed, m[1])
	}
	slices.Sort(failed)
	want := []string{"Manager/Lifetime", "Plain/All/LeavesOutPastExpiry", "Plain/Commit/PastExpiry", "Plain/Commit/ZeroTime", "Plain/Find/LongToken"}
	if !slices.Equal(failed, want) {
		t.Errorf("failed: %q; want %q", failed, want)
	}
	if !strings.Contains(string(out), "--- SKIP: TestBroken/Ctx") || !strings.Contains(string(out), "to be brief") {
		t.Error("the output does not say that Ctx was skipped, or why")
	}
	if strings.Contains(string(out), "http: ") {
		t.Error("net/http has logged something")
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// TestMessages shows what the failures look like. A random token reads TOKN….
func TestMessages(t *testing.T) {
	for _, tt := range []struct{ mutant, check, want string }{
		{
			"an expiry in the past means for ever", "Ctx/Commit/PastExpiry",
			`CommitCtx("TOKN…", 3 bytes, 2 s ago), then FindCtx("TOKN…") = "abc", true, <nil>; want nil, false, nil
rule: scs.Store.Find: an expired session is not found, nor the one it replaced; `,
		},
		{
			"commit does not overwrite", "Plain/Commit/OverwriteShorter",
			`Commit("TOKN…", 12 bytes, in 24 h), then Commit("TOKN…", 5 bytes, in 24 h), then Find("TOKN…") = "a long value", true, <nil>; want "short", true, nil
rule: scs.Store.Commit: `,
		},
		{
			"deleting the empty token is an error", "Plain/Delete/Empty",
			`Delete("") = error "mutant: bad token"; want nil
rule: scs.SessionManager.Destroy: `,
		},
		{
			"delete does nothing", "Plain/All/LeavesOutDeleted",
			`Commit("TOKN…", 4 bytes, in 24 h), then Delete("TOKN…"), then All() = 2 sessions with "TOKN…"; want 1 session
rule: scs.IterableStore.All: `,
		},
		{
			"all of no sessions is nil", "Ctx/All/Empty",
			`AllCtx() = a nil map, <nil>; want an empty map that is not nil, nil
rule: scs.IterableStore.All: `,
		},
		{
			"find with a cancelled context finds nothing", "Ctx/Find/Cancelled",
			`CommitCtx("TOKN…", 3 bytes, in 24 h), then FindCtx(cancelled context, "TOKN…") = nil, false, <nil>; want "abc", true, nil or an error
rule: scs.CtxStore.FindCtx: `,
		},
		{
			"data is cut at 64 KiB", "Plain/Commit/Large",
			`Commit("TOKN…", 1048576 bytes, in 24 h), then Find("TOKN…") = "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f…" (65535 bytes), true, <nil>; want "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f…" (1048576 bytes), true, nil
rule: scs.Store.Commit: `,
		},
		{
			"the methods without a context panic", "Plain/Find/Missing",
			`Find("TOKN…") panicked in storetest.panicsPlain.Find (mutants_methods_test.go:LINE): missing context arg; want a result or an error
rule: scs.Store.Find: `,
		},
		{
			"commit overwrites the bytes that find has returned", "Plain/Find/ResultStays",
			`Commit("TOKN…", 5 bytes, in 24 h), then Find("TOKN…") = "old 0", then Commit("TOKN…", 5 bytes, in 24 h): the bytes that were returned are now "new 0"; want them unchanged
rule: scs.SessionManager.Load: `,
		},
		{
			"delete does nothing", "Manager/Login",
			`GET /put?cart=3 = 200, cookie "TOKN…", then GET /login?user=ann with cookie "TOKN…" = 200, cookie "TOKN…", then GET /get with cookie "TOKN…" = 200, session "cart=3&user=ann", then GET /get with cookie "TOKN…" = 200, session "cart=3"; want session ""
rule: scs.SessionManager.RenewToken: `,
		},
		{
			"delete with a cancelled context does nothing", "Manager/DestroyDisconnected",
			`GET /put?user=ann = 200, cookie "TOKN…", then GET /logout with cookie "TOKN…" by a client that leaves before Destroy = no error, then GET /get with cookie "TOKN…" = 200, session "user=ann"; want session "", or an error from Destroy
rule: scs.SessionManager.Destroy: `,
		},
		{
			"a commit that is given up loses the session", "Manager/CommitDisconnected",
			`GET /put?user=ann = 200, cookie "TOKN…", then GET /put with cookie "TOKN…" by a client that leaves during Commit = error "context canceled", then GET /get with cookie "TOKN…" = 200, session ""; want session "user=ann" or "user=bob"
rule: scs.SessionManager.Commit: `,
		},
		{
			"an expiry in the past is refused and the session deleted", "Manager/Lifetime",
			`GET /put?user=bob = 200, cookie "TOKN…", then GET /end with cookie "TOKN…" = 500, error "legal: refused"; want 200
rule: scs.SessionManager.Lifetime: `,
		},
		{
			"the first expiry stays", "Manager/IdleTimeout",
			`GET /put?user=bob = 200, cookie "TOKN…", then GET /get with cookie "TOKN…" = 200, session "user=bob", cookie "TOKN…", then no request until 1 h have passed, then GET /get with cookie "TOKN…" = 200, session ""; want session "user=bob"
rule: scs.SessionManager.IdleTimeout: `,
		},
		{
			"find panics on a percent sign", "Manager/GarbageCookies",
			`GET /put?user=ann = 200, cookie "TOKN…", then GET /get with cookie "%00" = 500, FindCtx("%00"), which panicked in storetest.panicOnPercent (mutants_manager_test.go:LINE): mutant: %!(NOVERB); want 200
rule: scs.Store.Find: `,
		},
		{
			"delete reaches into every store", "Manager/TwoManagers",
			`…, then GET store1/get with cookie "TOKN…" = 200, session "user=ann", then GET store2/logout with cookie "TOKN…" = 200, the cookie removed, then GET store2/get with cookie "TOKN…" = 200, session "", then GET store1/get with cookie "TOKN…" = 200, session ""; want session "user=ann"
rule: storetest.Run: `,
		},
		{
			"all lists a record that is no session", "Manager/Iterate",
			`SessionManager.Iterate with no session = error "unexpected EOF"; want it with no session, and nil
rule: scs.SessionManager.Iterate: `,
		},
		{
			"CommitCtx is not there", "Methods",
			`storetest.withoutCommit has FindCtx and DeleteCtx but not CommitCtx; want all of scs.CtxStore or nothing of it
rule: scs.SessionManager looks for `,
		},
		{
			"the arguments of CommitCtx have another order", "Methods",
			`(storetest.argsSwapped).CommitCtx is a func(context.Context, string, time.Time, []uint8) error; want func(context.Context, string, []uint8, time.Time) error
rule: scs.SessionManager looks for `,
		},
		{
			"commit does not overwrite", "Ctx/Concurrent/Linearizable",
			`of CALLS calls on "TOKN…" by goroutines at the same time, these have no order that explains their results
	 1 to 2   goroutine 1: CommitCtx("TOKN…", "1.01 1.01") = <nil>
	 3 to 4   goroutine 1: CommitCtx("TOKN…", "1.02") = <nil>
	 5 to 6   goroutine 1: FindCtx("TOKN…") = "1.01 1.01", true, <nil>
picture of all: FILE.html
rule: scs.SessionManager: requests of one session run at the same time; `,
		},
		{
			"a cache in every process keeps what was found", "Plain/Peer/SeesOverwrite",
			`store.Commit("TOKN…", 3 bytes, in 24 h), then peer.Find("TOKN…"), then store.Commit("TOKN…", 5 bytes, in 24 h), then peer.Find("TOKN…") = "old", true, <nil>; want "newer", true, nil
rule: storetest.Peer: `,
		},
		{
			"a cache in every process keeps what was not found", "Plain/Peer/Linearizable",
			`of CALLS calls on "TOKN…" by goroutines at the same time, these have no order that explains their results
	 1 to 2   goroutine 1: store.Commit("TOKN…", "1.01 1.01") = <nil>
	 3 to 4   goroutine 1: peer.Find("TOKN…") = nil, false, <nil>
picture of all: FILE.html
rule: scs.SessionManager: requests of one session may be served by two processes `,
		},
		{
			"find finds nothing while the backend is broken", "Ctx/Fault/Find",
			`while the backend is broken: CommitCtx("TOKN…", 3 bytes, in 24 h), then FindCtx("TOKN…") = nil, false, <nil>; want an error
rule: scs.Store.Find: `,
		},
		{
			"all is a part while the backend is broken", "Plain/Fault/All",
			`while the backend is broken: All() = 1 session, <nil>; want an error
rule: scs.IterableStore.All: `,
		},
		{
			"all panics while the backend is broken", "Plain/Fault/All",
			`while the backend is broken: All() panicked in storetest.init.funcN (mutants_fault_test.go:LINE): mutant: nil cursor; want an error
rule: scs.IterableStore.All: `,
		},
		{
			"sessions are lost when the backend breaks", "Plain/Fault/Kept",
			`after the backend has healed: Commit("TOKN…", 3 bytes, in 24 h), then Find("TOKN…") = error "backend is down", then Find("TOKN…") = nil, false, <nil>; want "abc", true, nil
rule: scs.Store.Commit: `,
		},
		{
			"a commit that fails has written a part", "Plain/Fault/FailedWrites",
			`after the backend has healed: Commit("TOKN…", 8 bytes, in 24 h), then Commit("TOKN…", 5 bytes, in 24 h) = error "backend is down", then Find("TOKN…") = "ne", true, <nil>; want "old data", true, nil or "newer", true, nil
rule: scs.Store.Commit: `,
		},
	} {
		got := messageOf(t, tt.mutant, tt.check)
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s on %q says\n%s\nwant\n%s", tt.check, tt.mutant, got, tt.want)
		}
	}
}

// TestManagerMode: the group Manager calls a store as scs does.
func TestManagerMode(t *testing.T) {
	for _, tt := range []struct {
		store          scs.Store
		find, all      string
		skipsIteration bool
	}{
		{newMemory(), "FindCtx", "AllCtx", false},
		{withoutContexts{newMemory()}, "Find", "All", false},
		{withoutIteration{newMemory()}, "FindCtx", "", true},
		{plain{newMemory()}, "Find", "", true},
	} {
		a := managerMode.api(tt.store)
		if skips := a.lacks("All") != ""; a.findName != tt.find || a.allName != tt.all || skips != tt.skipsIteration {
			t.Errorf("%T: %q, %q, skips iteration %t; want %q, %q, %t", tt.store, a.findName, a.allName, skips, tt.find, tt.all, tt.skipsIteration)
		}
	}
}

func messageOf(t *testing.T, mutantName, name string) string {
	t.Helper()
	i := slices.IndexFunc(mutants, func(mu mutant) bool { return mu.name == mutantName })
	if i < 0 {
		t.Fatalf("no mutant is named %q", mutantName)
	}
	ms := newMemories(mutants[i].store)
	msg := runAll(t, ms.open, append(mutants[i].options(ms), Advance(ms.advance))...)[name]
	msg = regexp.MustCompile(`\S+\.html`).ReplaceAllString(msg, "FILE.html")
	msg = regexp.MustCompile(`"[A-Za-z0-9_-]{4}…"`).ReplaceAllString(msg, `"TOKN…"`)
	msg = regexp.MustCompile(`\d+ calls`).ReplaceAllString(msg, "CALLS calls")
	msg = regexp.MustCompile(`init\.func\d+`).ReplaceAllString(msg, "init.funcN")
	return regexp.MustCompile(`\.go:\d+`).ReplaceAllString(msg, `.go:LINE`)
}

func TestNearMissesOfLegalTypes(t *testing.T) {
	for _, s := range []scs.Store{plain{}, withoutContexts{}, withoutIteration{}, aValue{}, (*memory)(nil), manyMethods{}} {
		if problems := nearMisses(reflect.TypeOf(s)); len(problems) > 0 {
			t.Errorf("%T: %q; want no problem", s, problems)
		}
	}
}

// manyMethods has methods that are none of scs's business.
type manyMethods struct{ plain }

func (manyMethods) Call()                                                {}
func (manyMethods) Fill() error                                          { return nil }
func (manyMethods) Close() error                                         { return nil }
func (manyMethods) Each(func(string) error) error                        { return nil }
func (manyMethods) FindByUser(context.Context, string) ([]string, error) { return nil, nil }
func (manyMethods) DeleteContextless(string) error                       { return nil }
func (manyMethods) DeleteExpired(context.Context) error                  { return nil }
func (manyMethods) CommitMany(context.Context, map[string][]byte) error  { return nil }

func TestOneEdit(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"FindCtx", "FindCtx", false},
		{"FindCtxt", "FindCtx", true},
		{"FindCt", "FindCtx", true},
		{"FindCtX", "FindCtx", true},
		{"FnidCtx", "FindCtx", true},
		{"FindCxt", "FindCtx", true},
		{"FindContext", "FindCtx", false},
		{"DeleteCtx", "CommitCtx", false},
		{"", "A", true},
		{"", "", false},
	} {
		if got := oneEdit(tt.a, tt.b); got != tt.want {
			t.Errorf("oneEdit(%q, %q) = %t; want %t", tt.a, tt.b, got, tt.want)
		}
	}
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
