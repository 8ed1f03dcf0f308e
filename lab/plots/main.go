// Plots draws docs/performance/*.svg from what make bench has measured:
//
//	make bench && go run ./lab/plots
package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	results = "dist/bench/results.txt"
	folder  = "docs/performance"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

// run is run in the root of the repository.
func run() error {
	benchmarks, err := os.ReadFile(results)
	if err != nil {
		return err
	}
	m, err := read(string(benchmarks))
	if err != nil {
		return err
	}
	var calls []panel
	all := panel{title: "All of 50,000 sessions"}
	for _, adapter := range m.adapters {
		calls = append(calls, panel{adapter, []bar{
			{"Find", adapter, "op=Find/size=1KiB/goroutines=1"},
			{"Commit", adapter, "op=Commit/size=1KiB/goroutines=1"},
			{"Delete", adapter, "op=Delete/size=1KiB/goroutines=1"},
		}})
		all.bars = append(all.bars, bar{adapter, adapter, "op=All/sessions=50000"})
	}
	if err := m.save("calls.svg", "microseconds", 1e6, calls); err != nil {
		return err
	}
	return m.save("all.svg", "milliseconds", 1e3, []panel{all})
}

// measured are the medians of benchmarks in seconds.
type measured struct {
	adapters []string
	seconds  map[key]float64
}

type key struct{ adapter, benchmark, via string }

// line is one of a benchmark: its adapter if that is not the package, what is measured,
// which way, and nanoseconds.
var line = regexp.MustCompile(`^Benchmark(?:/adapter=(\w+))?/(\S+)/via=(\w+)-\d+\s+\d+\s+(\S+) ns/op`)

// read takes scs's stores from the benchmarks of lab/bench, and the others from
// those of their adapters.
func read(benchmarks string) (measured, error) {
	samples := make(map[key][]float64)
	m := measured{seconds: make(map[key]float64)}
	pkg := ""
	for text := range strings.Lines(benchmarks) {
		if name, ok := strings.CutPrefix(text, "pkg: "); ok {
			pkg = path.Base(strings.TrimSpace(name))
		}
		match := line.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		k := key{cmp.Or(match[1], pkg), match[2], match[3]}
		nanoseconds, err := strconv.ParseFloat(match[4], 64)
		if err != nil {
			return m, err
		}
		if pkg == "bench" != (k.via == "scs") {
			continue
		}
		if k.via != "scs" && !slices.Contains(m.adapters, k.adapter) {
			m.adapters = append(m.adapters, k.adapter)
		}
		samples[k] = append(samples[k], nanoseconds/1e9)
	}
	for k, all := range samples {
		slices.Sort(all)
		m.seconds[k] = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	slices.Sort(m.adapters)
	if len(m.adapters) == 0 {
		return m, fmt.Errorf("%s has no benchmarks of adapters", results)
	}
	return m, nil
}

// A panel is a part of a plot with a title and an axis of its own.
type panel struct {
	title string
	bars  []bar
}

// bar is a label of the horizontal axis, above which the ways of an adapter stand
// beside each other.
type bar struct{ label, adapter, benchmark string }

var ways = []struct{ via, name, color string }{
	{"bare", "by hand", "#9ca3af"},
	{"store", "this store", "#2563eb"},
	{"scs", "scs's store", "#f59e0b"},
}

// save draws panels beside each other, on one vertical scale.
func (m measured) save(name, unit string, factor float64, panels []panel) error {
	const margin, ceiling, floor, height, slot, width = 45.0, 30.0, 190.0, 230.0, 65.0, 12.0
	value := func(b bar, via string) float64 { return factor * m.seconds[key{b.adapter, b.benchmark, via}] }
	highest := 0.0
	for _, p := range panels {
		for _, b := range p.bars {
			for _, way := range ways {
				highest = max(highest, value(b, way.via))
			}
		}
	}
	step := math.Pow(10, math.Floor(math.Log10(highest))) // between marks of the axis
	for highest/step < 3 {
		step /= 2
	}
	y := func(v float64) float64 { return floor - v/highest*(floor-ceiling) }

	var svg strings.Builder
	text := func(x, y float64, anchor, s string) {
		fmt.Fprintf(&svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, s)
	}
	box := func(x, y, w, h float64, color string) {
		fmt.Fprintf(&svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, w, h, color)
	}
	left := 0.0
	for _, p := range panels {
		left += margin
		right := left + slot*float64(len(p.bars))
		text((left+right)/2, 16, "middle", p.title)
		for mark := 0.0; mark <= highest; mark += step {
			box(left, y(mark), right-left, 0.5, "#d1d5db")
			text(left-4, y(mark)+3, "end", fmt.Sprint(mark))
		}
		for i, b := range p.bars {
			x := left + slot*float64(i)
			for j, way := range ways {
				v := value(b, way.via)
				box(x+(slot-3*width)/2+width*float64(j), y(v), width, floor-y(v), way.color)
			}
			text(x+slot/2, floor+13, "middle", b.label)
		}
		left = right
	}
	text(margin, height-8, "start", unit)
	for i, way := range ways {
		x := margin + 75 + 70*float64(i)
		box(x, height-16, 8, 8, way.color)
		text(x+11, height-8, "start", way.name)
	}
	const page = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[2]g" width="%[1]gpt" height="%[2]gpt"` +
		` font-family="Arial,Helvetica,sans-serif" font-size="9"><rect width="100%%" height="100%%" fill="white"/>` + "\n%[3]s</svg>\n"
	return os.WriteFile(filepath.Join(folder, name), fmt.Appendf(nil, page, left+10, height, svg.String()), 0o644)
}
