// Plots draws docs/performance/*.svg from what make bench has measured:
//
//	make bench && go run ./lab/plots
package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
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
	file, err := os.Open(results)
	if err != nil {
		return err
	}
	defer file.Close()
	m, err := read(benchfmt.NewReader(file, results))
	if err != nil {
		return err
	}
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(
		m.draw("find.svg", "Find of a session of 1 KiB", "microseconds", 1e6, "op=Find/size=1KiB/goroutines=1"),
		m.draw("all.svg", "All of 50,000 sessions", "milliseconds", 1e3, "op=All/sessions=50000"))
}

// measured are the medians of benchmarks in seconds.
type measured struct {
	adapters []string
	seconds  map[key]float64
}

type key struct{ adapter, benchmark, via string }

// read takes scs's stores from the benchmarks of lab/bench, and the others from
// those of their adapters.
func read(r *benchfmt.Reader) (measured, error) {
	samples := make(map[key][]float64)
	m := measured{seconds: make(map[key]float64)}
	for r.Scan() {
		result, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue
		}
		k := key{adapter: path.Base(result.GetConfig("pkg"))}
		var parts []string
		_, named := result.Name.Parts()
		for _, part := range named {
			part := string(part)
			if adapter, ok := strings.CutPrefix(part, "/adapter="); ok {
				k.adapter = adapter
			} else if via, ok := strings.CutPrefix(part, "/via="); ok {
				k.via = via
			} else if strings.HasPrefix(part, "/") {
				parts = append(parts, part[1:])
			}
		}
		k.benchmark = strings.Join(parts, "/")
		if path.Base(result.GetConfig("pkg")) == "bench" != (k.via == "scs") {
			continue
		}
		if k.via != "scs" && !slices.Contains(m.adapters, k.adapter) {
			m.adapters = append(m.adapters, k.adapter)
		}
		if seconds, ok := result.Value("sec/op"); ok {
			samples[k] = append(samples[k], seconds)
		}
	}
	for k, all := range samples {
		slices.Sort(all)
		m.seconds[k] = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	slices.Sort(m.adapters)
	if len(m.adapters) == 0 {
		return m, fmt.Errorf("%s has no benchmarks of adapters", results)
	}
	return m, r.Err()
}

var ways = []struct {
	via, name string
	color     color.Color
}{
	{"bare", "by hand", color.RGBA{0x9c, 0xa3, 0xaf, 0xff}},
	{"store", "this store", color.RGBA{0x25, 0x63, 0xeb, 0xff}},
	{"scs", "scs's store", color.RGBA{0xf5, 0x9e, 0x0b, 0xff}},
}

// draw draws a benchmark of every adapter. The ways of an adapter stand beside each
// other.
func (m measured) draw(name, title, unit string, factor float64, benchmark string) error {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text, p.Y.Min = title, unit, 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.TextStyle.Font.Size, p.Legend.ThumbnailWidth = vg.Points(9), vg.Points(9)
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = vg.Points(9), vg.Points(9)
	highest := 0.0
	const width = 9
	for i, way := range ways {
		values := make(plotter.Values, len(m.adapters))
		for j, adapter := range m.adapters {
			values[j] = factor * m.seconds[key{adapter, benchmark, way.via}]
		}
		chart, err := plotter.NewBarChart(values, vg.Points(width))
		if err != nil {
			return err
		}
		chart.Color, chart.LineStyle.Width = way.color, 0
		chart.Offset = vg.Points(width * float64(i-1))
		p.Add(chart)
		p.Legend.Add(way.name, chart)
		highest = max(highest, slices.Max(values))
	}
	p.NominalX(m.adapters...)
	p.Y.Max = 1.3 * highest // room for the legend

	canvas := vgsvg.New(vg.Points(float64(60+65*len(m.adapters))), vg.Points(230))
	p.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return err
	}
	// For those who do not have the font that the text was measured with.
	svg := bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
	return os.WriteFile(filepath.Join(folder, name), svg, 0o644)
}
