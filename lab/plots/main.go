// Plots draws docs/performance/all.svg from the results of make bench:
//
//	make bench && go run ./lab/plots
package main

import (
	"bytes"
	"fmt"
	"image/color"
	"os"
	"path"
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
	results   = "dist/bench/results.txt"
	drawing   = "docs/performance/all.svg"
	benchmark = "/op=All/sessions=50000"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

// run must be called in the root of the repository.
func run() error {
	file, err := os.Open(results)
	if err != nil {
		return err
	}
	defer file.Close()
	samples, adapters, err := read(benchfmt.NewReader(file, results))
	if err != nil {
		return err
	}
	svg, err := plotted(samples, adapters)
	if err != nil {
		return err
	}
	return os.WriteFile(drawing, svg, 0o644)
}

type key struct{ adapter, via string }

// read returns the seconds that each sample of the benchmark took. It reads scs's stores
// from the results of lab/bench, and all others from the results of their adapters.
func read(r *benchfmt.Reader) (samples map[key][]float64, adapters []string, err error) {
	samples = make(map[key][]float64)
	for r.Scan() {
		result, ok := r.Result().(*benchfmt.Result)
		if !ok || !strings.Contains(string(result.Name), benchmark) {
			continue
		}
		k := key{adapter: path.Base(result.GetConfig("pkg"))}
		ofBench := k.adapter == "bench"
		_, parts := result.Name.Parts()
		for _, part := range parts {
			if adapter, ok := strings.CutPrefix(string(part), "/adapter="); ok {
				k.adapter = adapter
			} else if via, ok := strings.CutPrefix(string(part), "/via="); ok {
				k.via = via
			}
		}
		if seconds, ok := result.Value("sec/op"); ok && ofBench == (k.via == "scs") {
			samples[k] = append(samples[k], seconds)
			adapters = append(adapters, k.adapter)
		}
	}
	slices.Sort(adapters)
	adapters = slices.Compact(adapters)
	if len(adapters) == 0 {
		return nil, nil, fmt.Errorf("%s has no benchmarks of adapters", results)
	}
	return samples, adapters, r.Err()
}

var ways = []struct {
	via, name string
	color     color.Color
}{
	{"bare", "by hand", color.RGBA{0x9c, 0xa3, 0xaf, 0xff}},
	{"store", "this store", color.RGBA{0x25, 0x63, 0xeb, 0xff}},
	{"scs", "scs's store", color.RGBA{0xf5, 0x9e, 0x0b, 0xff}},
}

// plotted returns a bar chart of the medians, the bars grouped by adapter.
func plotted(samples map[key][]float64, adapters []string) ([]byte, error) {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text, p.Y.Label.Text, p.Y.Min = "All of 50,000 sessions", "milliseconds", 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.TextStyle.Font.Size, p.Legend.ThumbnailWidth = vg.Points(9), vg.Points(9)
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = vg.Points(9), vg.Points(9)
	highest := 0.0
	const width = 9
	for i, way := range ways {
		values := make(plotter.Values, len(adapters))
		for j, adapter := range adapters {
			if all := samples[key{adapter, way.via}]; len(all) > 0 {
				slices.Sort(all)
				values[j] = 1000 * (all[(len(all)-1)/2] + all[len(all)/2]) / 2
			}
		}
		chart, err := plotter.NewBarChart(values, vg.Points(width))
		if err != nil {
			return nil, err
		}
		chart.Color, chart.LineStyle.Width = way.color, 0
		chart.Offset = vg.Points(width * float64(i-1))
		p.Add(chart)
		p.Legend.Add(way.name, chart)
		highest = max(highest, slices.Max(values))
	}
	p.NominalX(adapters...)
	p.Y.Max = 1.3 * highest // room for the legend

	canvas := vgsvg.New(vg.Points(float64(60+65*len(adapters))), vg.Points(230))
	p.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	// Add other fonts for readers who do not have Liberation Sans.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}
