// Scoreboard runs storetest over scs's own stores, each check in a process of its
// own, and writes docs/scoreboard.md.
//
//	make scoreboard
//
// What it saw is in dist/scoreboard/results.json. A failure that nobody has judged
// ends it: look at it, add what a user would see to judgements.go, and write the
// page again:
//
//	go run ./lab/scoreboard -page
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	pageFile    = "docs/scoreboard.md"
	resultsFile = "dist/scoreboard/results.json"
)

func main() {
	pageOnly := flag.Bool("page", false, "write the page from the results of the last run")
	flag.Parse()
	if err := scoreboard(*pageOnly); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

// scoreboard is run in the root of the repository.
func scoreboard(pageOnly bool) error {
	b := new(board)
	if pageOnly {
		in, err := os.ReadFile(resultsFile)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(in, b); err != nil {
			return err
		}
	} else {
		var err error
		if b, err = runAll(); err != nil {
			return err
		}
		out, err := json.MarshalIndent(b, "", "\t")
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(resultsFile), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(resultsFile, out, 0o644); err != nil {
			return err
		}
	}
	if err := b.judged(); err != nil {
		return err
	}
	return os.WriteFile(pageFile, []byte(b.page()), 0o644)
}

// A board is what was seen in a run.
type board struct {
	Go, System string
	Took       string            // for the whole run
	Modules    map[string]string // version by path
	Checks     []string          // the names, as storetest lists them
	Results    map[string]map[string]result
}

// A result is how a store did in one check.
type result struct {
	Runs    int    `json:",omitempty"` // 0: the check is not for this store
	Failed  int    `json:",omitempty"` // of Runs, with Crashed
	Crashed int    `json:",omitempty"` // of Failed: it ended the process
	Message string `json:",omitempty"` // of the first failure
}

// A column is a store of the page.
type column struct {
	name    string   // in stores.suites
	modules []string // shown with their versions
	with    string   // what it was given
}

const redisWith = "a second client as another process; a server that is killed and started again, with what it had acknowledged (`--appendonly yes`), as the fault"

var columns = []column{
	{"memstore", []string{"github.com/alexedwards/scs/v2"}, "no other process and no fault: it is in memory"},
	{"boltstore", []string{"github.com/alexedwards/scs/boltstore", "go.etcd.io/bbolt"}, "no other process: bbolt locks its file; `NoSync`, for speed"},
	{"badgerstore", []string{"github.com/alexedwards/scs/badgerstore", "github.com/dgraph-io/badger"}, "no other process: badger locks its folder; `SyncWrites` off, for speed"},
	{"sqlite3store", []string{"github.com/alexedwards/scs/sqlite3store", "modernc.org/sqlite"}, "a second `*sql.DB` on the file as another process; one that holds the file with `BEGIN EXCLUSIVE` as the fault; `busy_timeout` 2 s, `synchronous` off, and a driver that needs no C compiler"},
	{"redisstore", []string{"github.com/alexedwards/scs/redisstore", "github.com/gomodule/redigo"}, redisWith},
	{"goredisstore", []string{"github.com/alexedwards/scs/goredisstore", "github.com/redis/go-redis/v9"}, redisWith},
}

// page is docs/scoreboard.md.
func (b *board) page() string {
	var w strings.Builder
	fmt.Fprintf(&w, `# Scoreboard

[storetest](../storetest/README.md) over scs's own session stores that need no server but Redis.
`+"`make scoreboard`"+` runs it and writes this page; every message of a failure is then in
`+"`%s`"+`. This run took %s with %s on %s.

Each check runs in a process of its own, so that a store that crashes loses one run and not the
others: %d times those of Concurrent, Linearizable and All/Many, %d times those of Fault, %d
times all others. A failure that happens rarely may be missing here. A check that fails in one
run counts as failed.

| store | versions | checks passed | failed |
|---|---|---|---|
`, resultsFile, b.Took, b.Go, b.System, concurrentRuns, faultRuns, runs)
	for _, c := range columns {
		passed, failed := 0, 0
		for _, r := range b.Results[c.name] {
			switch {
			case r.Failed > 0:
				failed++
			case r.Runs > 0:
				passed++
			}
		}
		fmt.Fprintf(&w, "| %s | %s | %d | %d |\n", c.name, b.versions(c), passed, failed)
	}
	w.WriteString(`
A check that is not for a store, because it has no such method, no other process or no fault, does
not count. The stores of this repository pass every check on every topology, in their own tests:
` + "`go test -run TestConformance ./redigostore`" + `, and so on.

## What a user sees

Each failure was judged by hand, from its message and the store's source.

`)
	for _, c := range columns {
		for i := range judgements {
			if checks := b.failedOf(c.name, &judgements[i]); len(checks) > 0 {
				fmt.Fprintf(&w, "- **%s**: %s (%s)\n", c.name, judgements[i].user, several(checks))
			}
		}
	}
	w.WriteString("\n## What each was given\n\n")
	for _, c := range columns {
		fmt.Fprintf(&w, "- %s: %s\n", c.name, c.with)
	}
	return w.String()
}

func (b *board) versions(c column) string {
	var all []string
	for _, module := range c.modules {
		all = append(all, "`"+strings.TrimPrefix(module, "github.com/")+" "+b.Modules[module]+"`")
	}
	return strings.Join(all, "<br>")
}

// failedOf returns the checks that a store failed and that a judgement is about.
func (b *board) failedOf(store string, j *judgement) (checks []string) {
	for _, check := range b.Checks {
		if b.Results[store][check].Failed > 0 && judgementOf(store, check) == j {
			checks = append(checks, check)
		}
	}
	return checks
}

func several(checks []string) string {
	const most = 3
	if len(checks) <= most {
		return strings.Join(checks, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(checks[:most], ", "), len(checks)-most)
}
