// Scoreboard runs storetest over scs's own stores, each check in a process of its
// own, and writes docs/scoreboard.md.
//
//	make scoreboard
//
// The results are in dist/scoreboard/results.json. It fails if a failure has no judgement:
// look at the failure, add what a user would see to judgements.go, and write the page again:
//
//	go run ./lab/scoreboard -page
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	pageFile    = "docs/scoreboard.md"
	resultsFile = "dist/scoreboard/results.json"
)

func main() {
	pageOnly := flag.Bool("page", false, "write the page from the results of the last run")
	stores := flag.String("stores", "", "run these only (names with commas between), and keep the last results of the others")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := scoreboard(ctx, *pageOnly, strings.FieldsFunc(*stores, func(r rune) bool { return r == ',' }))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

// scoreboard must be called in the root of the repository.
func scoreboard(ctx context.Context, pageOnly bool, names []string) error {
	b := new(board)
	if pageOnly || len(names) > 0 {
		in, err := os.ReadFile(resultsFile)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(in, b); err != nil {
			return err
		}
	}
	if !pageOnly {
		if err := b.runAll(ctx, names); err != nil {
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
	if err := b.checkJudgements(); err != nil {
		return err
	}
	page, err := os.ReadFile(pageFile)
	if err != nil {
		return err
	}
	return os.WriteFile(pageFile, []byte(b.page(string(page))), 0o644)
}

// A board has the results of a run.
type board struct {
	Go, System string
	Took       string            // how long the whole run took
	Modules    map[string]string // version by path
	Checks     []string          // the names, as storetest lists them
	Results    map[string]map[string]result
}

// A result has the runs of one check on one store.
type result struct {
	Runs    int    `json:",omitempty"` // 0: the check was skipped
	Failed  int    `json:",omitempty"` // of Runs
	Message string `json:",omitempty"` // of the first failure
}

// columns are the page's stores: names in stores.suites, and modules that they use.
var columns = []struct{ name, on string }{
	{"memstore", ""},
	{"boltstore", "go.etcd.io/bbolt"},
	{"badgerstore", "github.com/dgraph-io/badger"},
	{"redisstore", "github.com/gomodule/redigo"},
	{"goredisstore", "github.com/redis/go-redis/v9"},
	{"sqlite3store", "github.com/glebarez/go-sqlite"},
	{"postgresstore", "github.com/lib/pq"},
	{"pgxstore", "github.com/jackc/pgx/v5"},
	{"mysqlstore", "github.com/go-sql-driver/mysql"},
	{"mysqlstore-other-table", "github.com/go-sql-driver/mysql"},
	{"gormstore-PostgreSQL", "gorm.io/gorm"},
	{"gormstore-MariaDB", "gorm.io/gorm"},
	{"gormstore-SQLite", "gorm.io/gorm"},
	{"bunstore-PostgreSQL", "github.com/uptrace/bun"},
	{"bunstore-MariaDB", "github.com/uptrace/bun"},
	{"bunstore-SQLite", "github.com/uptrace/bun"},
}

// page returns the text of docs/scoreboard.md with the new results between its comments.
func (b *board) page(text string) string {
	var table strings.Builder
	fmt.Fprintf(&table, "| store | version | on | checks passed | failed |\n|---|---|---|---|---|\n")
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
		module, _, _ := strings.Cut(strings.Replace(c.name, "memstore", "v2", 1), "-")
		on := strings.TrimSpace(strings.TrimPrefix(c.on, "github.com/") + " " + b.Modules[c.on])
		fmt.Fprintf(&table, "| %s | %s | %s | %d | %d |\n", c.name, b.Modules["github.com/alexedwards/scs/"+module], on, passed, failed)
	}
	fmt.Fprintf(&table, "\nThis run took %s with %s on %s.\n", b.Took, b.Go, b.System)
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

func (b *board) list(judgements []judgement) string {
	var w strings.Builder
	for _, j := range judgements {
		if names, checks := b.failedOf(j); len(names) > 0 {
			fmt.Fprintf(&w, "- **%s**: %s (%s)\n", strings.Join(names, ", "), j.user, firstFew(checks))
		}
	}
	return w.String()
}

// failedOf returns the stores and checks whose failures a judgement explains.
func (b *board) failedOf(j judgement) (names, checks []string) {
	for _, c := range columns {
		for _, check := range b.Checks {
			if b.Results[c.name][check].Failed > 0 && judgementOf(c.name, check) == j {
				names, checks = append(names, c.name), append(checks, check)
			}
		}
	}
	slices.Sort(checks)
	return slices.Compact(names), slices.Compact(checks)
}

func firstFew(checks []string) string {
	const most = 3
	if len(checks) <= most {
		return strings.Join(checks, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(checks[:most], ", "), len(checks)-most)
}
