// Faults puts load on every adapter and topology while it breaks the servers and
// the network between, and judges from what was recorded whether the stores kept
// their promises. What it judges is in the note under its tables: see table.go.
//
//	make faults
//
// It exits with status 1 if they did not, and shows the shortest history that
// proves it. Where the kernel puts the goroutines is not drawn from the seed: the
// same seed makes the same faults, not the same history.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/scsredis/stores/lab/program"
	"github.com/scsredis/stores/lab/topology"
)

func main() {
	each := flag.Duration("time", 60*time.Second, "`duration` of the rounds of each pair")
	run := flag.String("run", "", "`regexp` of the pairs to run, such as goredis/Ring; empty: all")
	seed := flag.Uint64("seed", uint64(time.Now().Unix()), "what the faults are drawn from")
	out := flag.String("out", "", "`file` to write the tables to, which go to stdout too")
	flag.Parse()
	program.Main("faults", func(tb testing.TB) {
		pairs, err := regexp.Compile(*run)
		if err != nil {
			tb.Fatal(err)
		}
		began := time.Now()
		var results []*result
		violations := 0
		for _, pair := range topology.Pairs {
			if !pairs.MatchString(pair.Name()) {
				continue
			}
			r := runPair(tb, pair, *each, *seed)
			if tb.Context().Err() != nil {
				return
			}
			tb.Logf("%s%s", r.text(), r.summary())
			violations += len(r.violations)
			results = append(results, r)
		}
		if len(results) == 0 {
			tb.Fatalf("no pair is called %q", *run)
		}
		command := fmt.Sprintf("go run ./lab/faults -time %v -seed %d", *each, *seed)
		if *run != "" {
			command += fmt.Sprintf(" -run %q", *run)
		}
		page := page(results, command, results[0].server, time.Since(began))
		fmt.Print(page)
		if *out != "" {
			err := os.MkdirAll(filepath.Dir(*out), 0o755)
			if err == nil {
				err = os.WriteFile(*out, []byte(page), 0o644)
			}
			if err != nil {
				tb.Fatal(err)
			}
		}
		if violations > 0 {
			tb.Fatalf("%d violations in the %d pairs; they are above, at the end of each pair", violations, len(results))
		}
	})
}
