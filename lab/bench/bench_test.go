package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// short is a run of every section that takes seconds and whose times mean
// nothing.
var short = config{
	sections: sectionNames(),
	sizes:    []int{1024, 100}, goroutines: []int{1, 4},
	rounds: 2, targetRounds: 3, slice: time.Millisecond,
	listings: []listing{{20, 0, 2, 1}, {20, 200, 2, 2}},
	streamed: 500, clustered: 300, slowClustered: 60, clusterRounds: 1, slowRounds: 1,
	ownWrites: 400, settingRounds: 2,
}

// TestShortRun: a run measures every way of every client, and text, results and
// page have all of it.
func TestShortRun(t *testing.T) {
	r := measure(t, short, "go test")
	folder := t.TempDir()
	if err := r.keep(folder); err != nil {
		t.Fatal(err)
	}
	read, err := readReport(filepath.Join(folder, resultsFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "docs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := read.publish(folder); err != nil {
		t.Fatal(err)
	}
	checkTrips(t, read)
	checkStale(t, read)
	checkText(t, filepath.Join(folder, textFile))
	checkPage(t, read, filepath.Join(folder, pageFile))
	checkPlots(t, filepath.Join(folder, plotFolder))
}

// checkTrips looks at what needs no clock: what the server executed.
func checkTrips(t *testing.T, r *report) {
	t.Helper()
	one := map[string]map[string]float64{findHit: {"get": 1}, commit: {"set": 1}, remove: {"del": 1}}
	seen := 0
	for _, trip := range r.Trips {
		want := one[trip.Operation]
		if trip.Via == viaSCS && trip.Client == "redigo" && trip.Operation == commit {
			want = map[string]float64{"multi": 1, "set": 1, "pexpireat": 1, "exec": 1}
		}
		if want == nil {
			continue
		}
		seen++
		if !maps.Equal(trip.Commands, want) || trip.Reads != 1 {
			t.Errorf("%s through %s of %s: commands %v in %v reads; want %v in 1", trip.Operation, trip.Via, trip.Client, trip.Commands, trip.Reads, want)
		}
	}
	if want := 3 * 10; seen != want {
		t.Errorf("commands of %d calls; want %d: three through each of ten ways", seen, want)
	}
}

func checkStale(t *testing.T, r *report) {
	t.Helper()
	if len(r.Settings) != len(settings) {
		t.Errorf("%d settings; want %d", len(r.Settings), len(settings))
	}
	for _, s := range r.Settings {
		if s.Stale > 0 {
			t.Errorf("%s, %s: %d of %d own writes read stale", s.Client, s.Setting, s.Stale, s.Writes)
		}
		if want := 2 * len(short.goroutines); len(s.Calls) != want {
			t.Errorf("%s, %s: %d calls; want %d", s.Client, s.Setting, len(s.Calls), want)
		}
	}
}

var textLine = regexp.MustCompile(`^Benchmark\w+(/\w+=[\w-]+)+-\d+\t\d+(\t\d+ [\w/-]+)+$`)

// checkText checks that the results are what benchstat reads.
func checkText(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "Benchmark") {
			if key, value, ok := strings.Cut(line, ": "); !ok || strings.ToLower(key) != key || value == "" {
				t.Errorf("%q is neither a benchmark nor a setting", line)
			}
			continue
		}
		if !textLine.MatchString(line) {
			t.Errorf("%q is not a benchmark's line", line)
		}
		name, _, _ := strings.Cut(line, "\t")
		names[name] = true
	}
	for _, o := range clients {
		for _, want := range []string{
			"BenchmarkFindHit/topology=standalone/client=%s/via=store/size=100/g=4-",
			"BenchmarkCycle/topology=standalone/client=%s/via=bare/size=1024/g=1-",
			"BenchmarkCommit/topology=cluster/client=%s/via=store/size=1024/g=4-",
			"BenchmarkAll/topology=standalone/client=%s/via=store/sessions=20/foreign=200-",
			"BenchmarkAll/topology=cluster/client=%s/via=bare/sessions=300/foreign=0-",
			"BenchmarkEach/topology=standalone/client=%s/via=store/sessions=500-",
		} {
			if want = fmt.Sprintf(want, o.name); !hasPrefix(names, want) {
				t.Errorf("no %s", want)
			}
		}
	}
}

func hasPrefix(names map[string]bool, prefix string) bool {
	for name := range names {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// checkPage checks that the page has every table, and what it was made with.
func checkPage(t *testing.T, r *report, file string) {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, wrong := range []string{notMeasured, "NaN", "Inf", "<no value>", "%!"} {
		if strings.Contains(text, wrong) {
			t.Errorf("the page has %q in it:\n%s", wrong, text)
		}
	}
	for _, want := range []string{"`go test`", r.Go, r.Server, fmt.Sprintf("%d cores", r.Cores), "redis/rueidis v1", "(performance/all.svg)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	width := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			width = 0
			continue
		}
		cells := strings.Count(line, "|")
		if width > 0 && cells != width {
			t.Errorf("a row with %d cells in a table of %d: %s", cells-1, width-1, line)
		}
		width = cells
	}
}

func checkPlots(t *testing.T, folder string) {
	t.Helper()
	for _, name := range []string{"calls", "throughput", "all", "settings"} {
		svg, err := os.ReadFile(filepath.Join(folder, name+".svg"))
		if err != nil {
			t.Error(err)
			continue
		}
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s.svg: %v", name, err)
				break
			}
		}
		if !bytes.Contains(svg, []byte("rueian")) && name != "all" {
			t.Errorf("%s.svg does not name every client", name)
		}
	}
}

// TestGoals: a target is met or missed as its figure says, and says which client
// misses it.
func TestGoals(t *testing.T) {
	r := &report{
		Calls: []callResult{{
			Topology: standalone, Client: "redigo", Operation: findHit, Size: 1024, Goroutines: 1,
			Ways:   []wayResult{{Via: viaBare, Allocs: 5}, {Via: viaStore, Allocs: 7}},
			Ratios: map[string]ratio{"store/bare": {Median: 1.029}},
		}, {
			Topology: standalone, Client: "redigo", Operation: commit, Size: 1024, Goroutines: 32,
			Ratios: map[string]ratio{"scs/store": {Median: 1.09}},
		}},
		Listings: []listingResult{{Sessions: targetListed, Ways: []listedResult{
			{Client: "redigo", Via: viaStore, Seconds: []float64{1, 1}, Blocked: blocked{"SCAN", 2100, 2}},
			{Client: "redigo", Via: viaBare, Seconds: []float64{0.7, 0.8}},
			{Client: "redigo", Via: viaSCS, Seconds: []float64{36}},
		}}},
		Clusters: []clusterResult{{Client: "redigo", SlowStore: []float64{1.1}, SlowLoop: []float64{1}}},
		Streams:  []streamResult{{Client: "rueidis", Sessions: largestListed, Each: streamed{Growth: 1 << 20}}},
	}
	want := []string{
		"Find takes at most 3 % longer than the bare call: true",
		"Find allocates at most once more than the bare call: false",
		"Commit from 32 goroutines: at least 1.1 times the throughput of scs's redisstore: false",
		"All of 50,000: at least 35 times faster than scs's redisstore: true",
		"All of 50,000: at most 1.5 times a loop by hand: true",
		"All on a Cluster: the primaries are read at the same time: false",
		"Each of 500,000 sessions of 300 B: less than 24 MiB more heap: true",
		"No command of ours blocks the server for more than about 2 ms: false",
	}
	var got []string
	for _, g := range r.goals() {
		if g.seen {
			got = append(got, fmt.Sprintf("%s: %v", g.text, g.met))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("targets:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if shown := r.Targets(); !strings.Contains(shown, "| redigo **+2** | **no** |") {
		t.Errorf("the table does not show what is missed:\n%s", shown)
	}
}

func TestRatio(t *testing.T) {
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median = %v; want 2.5", got)
	}
	if got := quantile([]int32{5, 1, 4, 2, 3}, 0.99); got != 5 {
		t.Errorf("99th percentile = %v; want 5", got)
	}
	// The second has a round less: the third one of the first does not count.
	if got := ratioOf([]float64{2, 6, 100}, []float64{1, 2}); got.Median != 2.5 || got.Low != 2 || got.High != 3 || got.Rounds != 2 {
		t.Errorf("ratio = %+v; want 2.5, 2 to 3, of 2 rounds", got)
	}
	hundred := make([]float64, 100)
	ones := make([]float64, 100)
	for i := range hundred {
		hundred[i], ones[i] = float64(i+1), 1
	}
	if got := ratioOf(hundred, ones); got.Median != 50.5 || got.Low != 41 || got.High != 60 {
		t.Errorf("ratio = %+v; want 50.5, 41 to 60", got)
	}
	if !math.IsNaN(median(nil)) {
		t.Error("the median of nothing is a number")
	}
}

// TestUpToDate fails when the page is not what its results and the template make.
func TestUpToDate(t *testing.T) {
	t.Chdir("../..")
	r, err := readReport(resultsFile)
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.page()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not made of %s and performance.md.tmpl: run go run ./lab/bench -page", pageFile, resultsFile)
	}
}
