package storetest

import (
	"flag"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Users write the names in Skip, so a change breaks their tests.
func TestNames(t *testing.T) {
	names := checkNames()
	for _, want := range []string{
		"Methods", "Plain/Find/Missing", "Ctx/Find/Cancelled", "Ctx/Commit/PastExpiry",
		"Plain/Commit/New", "Plain/Delete/Empty", "Plain/All/Many", "Ctx/Concurrent/OneToken",
		"Plain/Concurrent/Linearizable", "Ctx/Peer/SeesDelete", "Plain/Fault/Kept",
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
	known := make(map[string]bool)
	for _, g := range append(slices.Clone(groups), managerGroup) {
		for _, ck := range g.checks {
			rule := ruleOf(g.name, ck.name)
			known[g.name+"/"+ck.name], known[shared+"/"+ck.name] = true, true
			if !form.MatchString(rule.text) || rule.ctxOnly != ck.ctxOnly {
				t.Errorf("doc.go states %+v under %s/%s; want the rule's source, a colon and the rule, and ctxOnly %t", rule, g.name, ck.name, ck.ctxOnly)
			}
		}
	}
	for name := range rules {
		if !known[name] {
			t.Errorf("doc.go states a rule of %s, which is no check", name)
		}
	}
	if doc := strings.ReplaceAll(documentation, "\n// ", " "); !strings.Contains(doc, methodsRule) {
		t.Errorf("doc.go does not state: %s", methodsRule)
	}
}

func TestMisuse(t *testing.T) {
	newStore := mutant{}.memories().open
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
		{"Prefix(nil)", newStore, []Option{Prefix(nil)}, []string{"Prefix(nil)"}},
		{"Reopen(nil)", newStore, []Option{Reopen(nil)}, []string{"Reopen(nil)"}},
		{"Resolution(0)", newStore, []Option{Resolution(0)}, []string{"Resolution(0s)"}},
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

func TestNilResults(t *testing.T) {
	s, err := newSuite(func(testing.TB) scs.Store { return nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := failedChecks(t, mutant{}.memories().open, []Option{
		Peer(func(testing.TB, scs.Store) scs.Store { return nil }),
		Prefix(func(testing.TB, string) scs.Store { return nil }),
		Reopen(func(testing.TB, scs.Store) scs.Store { return nil }),
		Fault(func(testing.TB, scs.Store) func() { return nil }),
	}, "Plain/Peer/SeesCommit", "Plain/Prefix/Glob", "Plain/Reopen/Kept", "Plain/Fault/Find")
	failed["newStore"] = record(t, func(tb testing.TB) { s.open(tb) }).String()
	for name, want := range map[string]string{
		"newStore":              "newStore returned nil",
		"Plain/Peer/SeesCommit": "the function of Peer returned nil",
		"Plain/Prefix/Glob":     "the function of Prefix returned nil",
		"Plain/Reopen/Kept":     "the function of Reopen returned nil",
		"Plain/Fault/Find":      "the function of Fault returned nil",
	} {
		if !strings.Contains(failed[name], want) {
			t.Errorf("%s: %q; want %q", name, failed[name], want)
		}
	}
}

// A cause that would fail many checks fails one.
func TestCauses(t *testing.T) {
	for _, tt := range []struct {
		mu   mutant
		want []string
	}{
		{mutant{as: func(m *memory) scs.Store { return panicsPlain{m} }}, []string{"Methods"}},
		{mutant{bug: page(0)}, []string{"Ctx/All/Exactly", "Plain/All/Exactly"}},
	} {
		ms := tt.mu.memories()
		failed := failedChecks(t, ms.open, []Option{Peer(ms.peer), Prefix(ms.withPrefix), Reopen(ms.reopen), Advance(ms.advance)})
		if got := slices.Sorted(maps.Keys(failed)); !slices.Equal(got, tt.want) {
			t.Errorf("failed %q; want %q", got, tt.want)
		}
	}
}

func TestSkip(t *testing.T) {
	ms := mutant{bug: both(
		refuses(notBase64, "Delete"),
		refuses(func(token string) bool { return len(token) == 4000 }, "Find"))}.memories()
	Run(t, ms.open, Advance(ms.advance),
		Skip("Plain/Delete/Malformed", "it is an error here"),
		Skip("Ctx/Delete/Malformed", "it is an error here"),
		Skip("Manager/GarbageCookies", "one is an error here"))
}

var broken = flag.Bool("broken", false, "run the tests of stores that are broken, which fail")

// TestBroken and TestHangs are for TestRunReports.
func TestBroken(t *testing.T) {
	if !*broken {
		t.Skip("for TestRunReports, which runs it with -broken")
	}
	ms := mutant{bug: both(drops(inPast), after("Find", func(r request, _ *reply) {
		if len(r.token) > 60000 {
			panic("mutant: token too long")
		}
	}))}.memories()
	Run(t, ms.open, Advance(ms.advance), Skip("Ctx", "to be brief"))
}

func TestHangs(t *testing.T) {
	if !*broken {
		t.Skip("for TestRunReports, which runs it with -broken")
	}
	ms := mutant{bug: on("Find", func(request, handler) reply { select {} })}.memories()
	Run(t, ms.open, Advance(ms.advance), func(cfg *config) { cfg.bound = 500 * time.Millisecond })
}

// inProcess runs this test binary, and returns its output and what the group of the
// regular expression line matches in it.
func inProcess(t *testing.T, line string, args ...string) (out string, matches []string, err error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	b, err := cmd.CombinedOutput()
	for _, m := range regexp.MustCompile(line).FindAllStringSubmatch(string(b), -1) {
		if !slices.Contains(matches, m[1]) {
			matches = append(matches, m[1])
		}
	}
	return string(b), matches, err
}

// runBroken runs a test with -broken, and returns the names of the failed checks.
func runBroken(t *testing.T, test string) (out string, failed []string) {
	t.Helper()
	out, failed, err := inProcess(t, `--- FAIL: `+test+`/(Methods|Manager/\w+|\w+/\w+/\w+)`,
		"-test.run=^"+test+"$", "-broken", "-test.v")
	if err == nil {
		t.Errorf("%s passes; want a failure", test)
	}
	slices.Sort(failed)
	return out, failed
}

func TestRunReports(t *testing.T) {
	out, failed := runBroken(t, "TestBroken")
	want := []string{"Manager/Lifetime", "Plain/All/LeavesOutPastExpiry", "Plain/Commit/PastExpiry", "Plain/Commit/ZeroTime", "Plain/Find/LongToken"}
	if !slices.Equal(failed, want) {
		t.Errorf("failed: %q; want %q\n%s", failed, want, out)
	}
	if !strings.Contains(out, "--- SKIP: TestBroken/Ctx") || !strings.Contains(out, "to be brief") {
		t.Errorf("the output does not say that Ctx was skipped, or why\n%s", out)
	}
	if !strings.Contains(out, "this check cannot tell where the local time is UTC") {
		t.Errorf("the output does not say that LocalTime was skipped\n%s", out)
	}
	if strings.Contains(out, "http: ") {
		t.Errorf("net/http has logged something\n%s", out)
	}
}

// A store that hangs is reported, and the run ends soon.
func TestRunReportsHangs(t *testing.T) {
	out, failed := runBroken(t, "TestHangs")
	most := maxHangs + parallel
	if len(failed) == 0 || len(failed) > most {
		t.Errorf("failed: %q; want one check at least and %d at most", failed, most)
	}
	for _, want := range []string{
		`Find("`, `has not returned after 500 ms (clients have timeouts to set); want a result or an error`,
		"calls of the store do not return: see the checks that failed",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output is without %q", want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}
