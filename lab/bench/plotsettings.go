package main

import (
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// plotSettings is the throughput of each setting against the first of its
// client, on an axis that is logarithmic: twice is as far from one as half.
func (r *report) plotSettings() (d drawing, err error) {
	settings := slices.Clone(r.Settings)
	slices.Reverse(settings) // upwards
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.Client + ": " + strings.ReplaceAll(s.Setting, "`", "")
	}
	for _, operation := range []string{findHit, commit} {
		var goroutines []int
		points := make(map[int]plotter.XYs)
		for i, s := range settings {
			for _, c := range s.Calls {
				if c.Operation != operation {
					continue
				}
				g := slices.Index(goroutines, c.Goroutines)
				if g < 0 {
					g, goroutines = len(goroutines), append(goroutines, c.Goroutines)
				}
				points[g] = append(points[g], plotter.XY{X: c.Throughput.Median, Y: float64(i) + 0.22*float64(1-g)})
			}
		}
		if len(goroutines) == 0 {
			return drawing{}, nil
		}
		p := newPlot(operationNames[operation])
		p.NominalY(names...)
		p.Y.Tick.Label.Font.Size = vg.Points(9)
		p.Y.Min, p.Y.Max = -0.7, float64(len(names))-0.3
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, factors{}
		p.X.Label.Text = "times the throughput of the client's first line"
		p.Add(faintGrid())
		for g, n := range goroutines {
			dots, err := plotter.NewScatter(points[g])
			if err != nil {
				return d, err
			}
			dots.Color, dots.Shape, dots.Radius = shades[min(g, len(shades)-1)], draw.CircleGlyph{}, vg.Points(3)
			p.Add(dots)
			p.Legend.Add(goroutinesText(n), dots)
		}
		p.X.Min, p.X.Max = min(p.X.Min, 0.5)*0.9, max(p.X.Max, 2)*1.1
		p.Legend.Left = false
		if operation != findHit {
			p.HideY()
		}
		d.plots = append(d.plots, p)
	}
	d.width, d.height = vg.Points(860), vg.Points(float64(70+19*len(names)))
	return d, nil
}
