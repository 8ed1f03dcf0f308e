// Bench measures the stores beside the bare calls of their clients and beside
// scs's own stores, on servers that it starts, and writes docs/performance.md.
//
//	make bench
//
// It keeps what it saw in lab/bench/results.json, and in the format of Go's
// benchmarks in lab/bench/results.txt, for benchstat. The page is made of the
// former and of performance.md.tmpl, again without measuring by
//
//	go run ./lab/bench -page
//
// A part is measured by -sections, -clients and -most; its results are printed
// then, and kept only in a folder that -dir names. A run with less -effort is
// faster and rougher, and the page says that it is not a full one.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/program"
)

const (
	pageFile    = "docs/performance.md"
	plotFolder  = "docs/performance"
	resultsFile = "lab/bench/results.json"
	textFile    = "lab/bench/results.txt"
	fullCommand = "make bench"
)

func main() {
	program.Main("bench", func(tb testing.TB) { run(tb, os.Args[1:]) })
}

// run is run in the root of the repository.
func run(tb testing.TB, args []string) {
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	page := flags.Bool("page", false, "make the page of the last run's results, without measuring")
	dir := flags.String("dir", "", "`folder` for the results and the page (default the repository for all sections, none for some)")
	only := flags.String("sections", strings.Join(sectionNames(), ","), "`sections` to measure")
	which := flags.String("clients", "", "`clients` to measure (default all)")
	most := flags.Int("most", 0, "leave out listings of more than `n` sessions")
	effort := flags.Float64("effort", 1, "multiplies the number of rounds")
	flags.Parse(args)

	folder := *dir
	if folder == "" {
		folder = "."
	}
	if !*page {
		cfg := full(*effort)
		cfg.sections = strings.Split(*only, ",")
		for _, name := range cfg.sections {
			if !slices.Contains(sectionNames(), name) {
				tb.Fatalf("no section %q: there are %s", name, strings.Join(sectionNames(), ", "))
			}
		}
		if *which != "" {
			cfg.clients = strings.Split(*which, ",")
		}
		if *most > 0 {
			cfg.listings = slices.DeleteFunc(cfg.listings, func(l listing) bool { return l.sessions > *most })
			cfg.streamed = min(cfg.streamed, *most)
		}
		r := measure(tb, cfg, command(flags))
		if *dir == "" && (len(cfg.sections) < len(sections) || len(cfg.clients) > 0 || *most > 0) {
			r.text(os.Stdout)
			return
		}
		if err := r.keep(folder); err != nil {
			tb.Fatal(err)
		}
	}
	r, err := readReport(filepath.Join(folder, resultsFile))
	if err != nil {
		tb.Fatal(err)
	}
	if err := r.publish(folder); err != nil {
		tb.Fatal(err)
	}
}

// command is what makes such a run again.
func command(flags *flag.FlagSet) string {
	var args []string
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "dir" {
			args = append(args, "-"+f.Name+" "+f.Value.String())
		}
	})
	if len(args) == 0 {
		return fullCommand
	}
	return fullCommand + " ARGS='" + strings.Join(args, " ") + "'"
}

// keep writes the results, and publish the page and its plots.
func (r *report) keep(folder string) error {
	file := filepath.Join(folder, resultsFile)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := r.write(file); err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(folder, textFile))
	if err != nil {
		return err
	}
	r.text(out)
	return out.Close()
}

// bench is one run.
type bench struct {
	tb     testing.TB
	cfg    config
	report *report
	start  time.Time
}

func (b *bench) elapsed() time.Duration { return time.Since(b.start).Round(time.Second) }

// sections are the parts of a run, in the order of the page.
var sections = []struct {
	name    string
	measure func(*bench)
}{
	{"calls", (*bench).calls},
	{"trips", (*bench).trips},
	{"listings", (*bench).listings},
	{"streams", (*bench).streams},
	{"cluster", (*bench).cluster},
	{"settings", (*bench).settings},
}

func sectionNames() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

// measure makes a run.
func measure(tb testing.TB, cfg config, command string) *report {
	b := &bench{tb: tb, cfg: cfg, report: &report{Command: command}, start: time.Now()}
	if err := b.report.describe(); err != nil {
		tb.Fatal(err)
	}
	server := redistest.Start(tb, redistest.Options{})
	b.report.Server = serverName(tb, server)
	server.Stop(tb)
	for _, s := range sections {
		if slices.Contains(cfg.sections, s.name) {
			s.measure(b)
			tb.Logf("%s done after %v", s.name, b.elapsed())
		}
	}
	b.report.Took = fmt.Sprint(b.elapsed())
	return b.report
}

func serverName(tb testing.TB, server *redistest.Server) string {
	if version := server.Info(tb, "server", "valkey_version"); version != "" {
		return "Valkey " + version
	}
	return "Redis " + server.Info(tb, "server", "redis_version")
}
