package scoreboard

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var stores = flag.String("stores", "", "for TestScoreboard: the stores to run, a regular expression")

const (
	pageFile    = "../../docs/scoreboard.md"
	resultsFile = "../../dist/scoreboard/results.json"

	runs = 3 // of each check, to see failures that do not always happen

	// More processes at a time than processors, because many checks sleep.
	processes = 12
)

// A board has the results of the last runs.
type board struct {
	Go      string                       // its version
	Took    string                       // how long the last run of all stores took
	Modules map[string]string            // version by path
	Results map[string]map[string]result // by store and check
}

// A result has the runs of one check on one store.
type result struct {
	Runs    int    `json:",omitempty"` // 0: the check was skipped
	Failed  int    `json:",omitempty"` // of Runs
	Message string `json:",omitempty"` // of the first failure
}

// TestScoreboard runs storetest over the stores that -stores matches, adds the results to
// those of the last run, and writes the page. It fails if a failure has no judgement: look
// at the failure in results.json, add what a user would see to judgements_test.go, and
// write the page again with -stores none.
func TestScoreboard(t *testing.T) {
	if *stores == "" {
		t.Skip("make scoreboard runs it")
	}
	b := &board{Results: make(map[string]map[string]result)}
	if in, err := os.ReadFile(resultsFile); err == nil {
		check(t, json.Unmarshal(in, b))
	}
	start := time.Now()
	if b.run(t) == len(suites) {
		b.Took = time.Since(start).Round(time.Second).String()
	}
	out, err := json.MarshalIndent(b, "", "\t")
	check(t, err)
	check(t, os.MkdirAll(filepath.Dir(resultsFile), 0o755))
	check(t, os.WriteFile(resultsFile, out, 0o644))
	if problems := b.judge(); len(problems) > 0 {
		t.Fatal(strings.Join(problems, "\n"))
	}
	page, err := os.ReadFile(pageFile)
	check(t, err)
	check(t, os.WriteFile(pageFile, []byte(b.page(string(page))), 0o644))
}

// run runs every check over the stores of -stores, and returns how many stores they are.
func (b *board) run(t *testing.T) (ran int) {
	dir, err := os.MkdirTemp("", "scoreboard")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o711)) // the servers run as another user
	env := append(os.Environ(), "SCOREBOARD=1", "TMPDIR="+dir, "TZ=America/New_York",
		postgres.socket+"="+postgres.start(t, dir), mariaDB.socket+"="+mariaDB.start(t, dir))
	child := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), os.Args[0], append(args, "-test.v", "-test.timeout=10m")...)
		cmd.Dir, cmd.Env = dir, env
		out, _ := cmd.CombinedOutput() // it says what failed
		return string(out)
	}
	checks := regexp.MustCompile(`(?m)^\s+((?:Plain|Ctx)/\w+/\w+|Manager/\w+|Methods)$`).
		FindAllString(child("-test.run=^TestNames$"), -1)
	if len(checks) == 0 {
		t.Fatal("storetest listed no checks")
	}
	b.Go, b.Modules = runtime.Version(), versions(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	running := make(chan struct{}, processes)
	for _, s := range suites {
		if !matches(*stores, s.name) {
			continue
		}
		ran++
		results := make(map[string]result)
		b.Results[s.name] = results
		for _, name := range checks {
			name = strings.TrimSpace(name)
			running <- struct{}{}
			wg.Go(func() {
				defer func() { <-running }()
				r := runCheck("TestStore/"+s.name+"/"+name, child)
				mu.Lock()
				defer mu.Unlock()
				results[name] = r
			})
		}
		fmt.Fprintln(os.Stderr, "scoreboard:", s.name)
	}
	wg.Wait()
	return ran
}

// runCheck runs a test several times, each in a process of its own.
func runCheck(test string, child func(args ...string) (out string)) (r result) {
	pattern := "-test.run=^" + strings.ReplaceAll(test, "/", "$/^") + "$"
	for range runs {
		out := child(pattern)
		switch r.Runs++; {
		case strings.Contains(out, "--- PASS: "+test+" ("):
		case strings.Contains(out, "\nPASS\n"):
			return result{} // the check or its group was skipped
		default: // it failed, or the process crashed
			if r.Failed++; r.Message == "" {
				r.Message = out
			}
		}
	}
	return r
}

func TestRunCheck(t *testing.T) {
	const test = "TestStore/x/Plain/Find/Missing"
	outputs := []string{"--- PASS: " + test + " (0.00s)\n", "    --- PASS: " + test + "More (0.00s)\n", "fatal error: fault\n"}
	child := func(args ...string) string {
		if want := "-test.run=^TestStore$/^x$/^Plain$/^Find$/^Missing$"; args[0] != want {
			t.Errorf("run with %s; want %s", args[0], want)
		}
		defer func() { outputs = outputs[1:] }()
		return outputs[0]
	}
	want := result{Runs: 3, Failed: 2, Message: outputs[1]}
	if got := runCheck(test, child); got != want {
		t.Errorf("runCheck = %+v; want %+v", got, want)
	}
	outputs = []string{"    --- SKIP: TestStore/x/Plain/Find (0.00s)\nPASS\n"}
	if got := runCheck(test, child); got != (result{}) {
		t.Errorf("runCheck of a skipped check = %+v; want no run", got)
	}
}

// versions returns the versions of the modules that this test is built from.
func versions(t *testing.T) map[string]string {
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", ".").Output()
	check(t, err)
	v := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		module, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		v[module] = version
	}
	return v
}

// page returns the text of docs/scoreboard.md with the new results between its comments.
func (b *board) page(text string) string {
	var table strings.Builder
	fmt.Fprintf(&table, "| store | version | on | checks passed | failed |\n|---|---|---|---|---|\n")
	for _, s := range suites {
		passed, failed := 0, 0
		for _, r := range b.Results[s.name] {
			switch {
			case r.Failed > 0:
				failed++
			case r.Runs > 0:
				passed++
			}
		}
		module, _, _ := strings.Cut(strings.Replace(s.name, "memstore", "v2", 1), "-")
		on := strings.TrimSpace(strings.TrimPrefix(s.on, "github.com/") + " " + b.Modules[s.on])
		fmt.Fprintf(&table, "| %s | %s | %s | %d | %d |\n", s.name, b.Modules["github.com/alexedwards/scs/"+module], on, passed, failed)
	}
	fmt.Fprintf(&table, "\nThis run took %s with %s on %s/%s.\n", b.Took, b.Go, runtime.GOOS, runtime.GOARCH)
	text = between(text, "table", table.String())
	text = between(text, "bugs", b.list(bugs))
	return between(text, "limits", b.list(limits))
}

// between replaces the text between the comments <!-- name --> and <!-- end -->.
func between(text, name, what string) string {
	before, after, _ := strings.Cut(text, "<!-- "+name+" -->\n")
	_, after, _ = strings.Cut(after, "<!-- end -->\n")
	return before + "<!-- " + name + " -->\n" + what + "<!-- end -->\n" + after
}

// list says what each judgement explains: stores, and the first few checks.
func (b *board) list(judgements []judgement) string {
	const few = 3
	var w strings.Builder
	for _, j := range judgements {
		var names, checks []string
		for _, s := range suites {
			for check, r := range b.Results[s.name] {
				if r.Failed > 0 && judgementOf(s.name, check) == j {
					names, checks = append(names, s.name), append(checks, check)
				}
			}
		}
		if len(names) == 0 {
			continue
		}
		slices.Sort(checks)
		checks = slices.Compact(checks)
		if n := len(checks); n > few {
			checks = append(checks[:few-1], fmt.Sprintf("%s and %d more", checks[few-1], n-few))
		}
		fmt.Fprintf(&w, "- **%s**: %s (%s)\n", strings.Join(slices.Compact(names), ", "), j.user, strings.Join(checks, ", "))
	}
	return w.String()
}
