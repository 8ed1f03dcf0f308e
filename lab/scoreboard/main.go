// Scoreboard runs storetest over scs's own stores and over ours, each check in a
// process of its own, and writes docs/scoreboard.md.
//
//	make scoreboard
//
// It keeps what it saw in lab/scoreboard/results.json, from which the page is made
// together with judgements.go. A failure that nobody has judged ends it: look at
// it, add what a user would see to judgements.go, and make the page again:
//
//	go run ./lab/scoreboard -page
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const (
	pageFile    = "docs/scoreboard.md"
	resultsFile = "lab/scoreboard/results.json"
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
	if !pageOnly {
		b, err := runAll()
		if err != nil {
			return err
		}
		if err := b.write(resultsFile); err != nil {
			return err
		}
	}
	b, err := readBoard(resultsFile)
	if err != nil {
		return err
	}
	if err := b.judged(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(pageFile), 0o755); err != nil {
		return err
	}
	return os.WriteFile(pageFile, b.page(), 0o644)
}

// A board is everything that the page says and that was seen in a run.
type board struct {
	Go      string
	System  string
	Took    string            // for the whole run
	Modules map[string]string // version by path
	Checks  []string          // the names, as storetest lists them
	Results map[string]map[string]result
}

func (b *board) write(file string) error {
	out, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(out, '\n'), 0o644)
}

func readBoard(file string) (*board, error) {
	in, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	b := new(board)
	return b, json.Unmarshal(in, b)
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
	key     string // in stores.suites
	name    string
	modules []string // shown with their versions
	with    string   // what it was given
}

const (
	redisWith = "A second client is the other process. The fault is `redis-server` killed and started again, with everything that it had acknowledged (`--appendonly yes`)."
	here      = "github.com/scsredis/stores/"
)

var columns = []column{
	{"memstore", "memstore", []string{"github.com/alexedwards/scs/v2"}, "No other process and no fault: it is in memory."},
	{"boltstore", "boltstore", []string{"github.com/alexedwards/scs/boltstore", "go.etcd.io/bbolt"}, "No other process: bbolt locks its file. `NoSync`, for speed."},
	{"badgerstore", "badgerstore", []string{"github.com/alexedwards/scs/badgerstore", "github.com/dgraph-io/badger"}, "No other process: badger locks its folder. `SyncWrites` off, for speed."},
	{"sqlite3store", "sqlite3store", []string{"github.com/alexedwards/scs/sqlite3store", "modernc.org/sqlite"}, "A second `*sql.DB` on the file is the other process; the fault is one more that holds the file with `BEGIN EXCLUSIVE`. `busy_timeout` 2 s; `synchronous` off, for speed. The driver is modernc.org/sqlite; the store's README has mattn/go-sqlite3, which needs a C compiler."},
	{"redisstore", "redisstore", []string{"github.com/alexedwards/scs/redisstore", "github.com/gomodule/redigo"}, redisWith},
	{"goredisstore", "goredisstore", []string{"github.com/alexedwards/scs/goredisstore", "github.com/redis/go-redis/v9"}, redisWith},
	{"our-redigostore", "redigostore, here", []string{here + "redigostore", "github.com/gomodule/redigo"}, redisWith},
	{"our-goredisstore", "goredisstore, here", []string{here + "goredisstore", "github.com/redis/go-redis/v9"}, redisWith},
	{"our-rueidisstore", "rueidisstore, here", []string{here + "rueidisstore", "github.com/redis/rueidis"}, redisWith},
	{"our-rueidisstore-cache", "rueidisstore with Cache, here", []string{here + "rueidisstore", "github.com/redis/rueidis"}, redisWith + " `Options.Cache` is 20 ms."},
	{"our-rueian", "rueidisstore/rueian, here", []string{here + "rueidisstore/rueian", "github.com/rueian/rueidis"}, redisWith},
}
