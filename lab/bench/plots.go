package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	ink   = color.RGBA{0x37, 0x41, 0x51, 0xff}
	faint = color.RGBA{0xe5, 0xe7, 0xeb, 0xff}
	none  = color.RGBA{}

	viaColors = map[string]color.RGBA{
		viaBare:  {0x9c, 0xa3, 0xaf, 0xff},
		viaStore: {0x25, 0x63, 0xeb, 0xff},
		viaSCS:   {0xf5, 0x9e, 0x0b, 0xff},
	}
	viaNames = map[string]string{viaBare: "the client's call", viaStore: "our store", viaSCS: "scs's store"}
	vias     = []string{viaBare, viaStore, viaSCS}

	// Those of the numbers of goroutines.
	shades = []color.RGBA{{0x93, 0xc5, 0xfd, 0xff}, {0x3b, 0x82, 0xf6, 0xff}, {0x1e, 0x3a, 0x8a, 0xff}}
)

// plots draws the plots into folder. Where there is nothing to draw, there is no
// plot.
func (r *report) plots(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	for _, p := range []struct {
		name string
		draw func() (drawing, error)
	}{
		{"calls", r.plotCalls},
		{"throughput", r.plotThroughput},
		{"all", r.plotListings},
		{"settings", r.plotSettings},
	} {
		d, err := p.draw()
		if err != nil {
			return fmt.Errorf("plot of %s: %w", p.name, err)
		}
		file := filepath.Join(folder, p.name+".svg")
		if len(d.plots) == 0 {
			os.Remove(file)
			continue
		}
		if err := os.WriteFile(file, d.svg(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// A drawing is plots beside each other.
type drawing struct {
	plots         []*plot.Plot
	width, height vg.Length
}

func (d drawing) draw(canvas vg.CanvasSizer) {
	dc := draw.New(canvas)
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	tiles := draw.Tiles{
		Rows: 1, Cols: len(d.plots), PadX: vg.Points(14),
		PadTop: vg.Points(8), PadBottom: vg.Points(6), PadLeft: vg.Points(8), PadRight: vg.Points(10),
	}
	for i, c := range plot.Align([][]*plot.Plot{d.plots}, tiles, dc)[0] {
		d.plots[i].Draw(c)
	}
}

func (d drawing) svg() []byte {
	canvas := vgsvg.New(d.width, d.height)
	d.draw(canvas)
	var b bytes.Buffer
	canvas.WriteTo(&b) // a buffer takes everything
	// For those who do not have the font that the text was measured with.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
}

func newPlot(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = vg.Points(12)
	p.Title.TextStyle.Color = ink
	p.Title.Padding = vg.Points(6)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color, axis.Tick.Color = ink, ink
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = ink, ink
		axis.Label.TextStyle.Font.Size, axis.Tick.Label.Font.Size = vg.Points(10), vg.Points(9)
		axis.Width, axis.Tick.Width = vg.Points(0.5), vg.Points(0.5)
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.TextStyle.Font.Size, p.Legend.TextStyle.Color = vg.Points(9), ink
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(9), vg.Points(2)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(4), vg.Points(-2)
	return p
}

// bars are values beside each other, a group for each category.
type bars struct {
	name   string
	color  color.Color
	values []float64
}

// group adds groups of bars to p, which stand on the axis of categories. Width is
// that of a bar.
func group(p *plot.Plot, categories []string, all []bars, width vg.Length) error {
	grid := faintGrid()
	grid.Vertical.Color = none
	p.Add(grid)
	for i, b := range all {
		chart, err := plotter.NewBarChart(plotter.Values(b.values), width)
		if err != nil {
			return err
		}
		chart.Color, chart.LineStyle.Width = b.color, 0
		chart.Offset = width * vg.Length(float64(i)-float64(len(all)-1)/2)
		p.Add(chart)
		p.Legend.Add(b.name, chart)
	}
	p.NominalX(categories...)
	p.X.Tick.Label.Font.Size = vg.Points(9)
	p.X.Min, p.X.Max = -0.6, float64(len(categories))-0.4
	return nil
}

// perClient draws a plot for each client, of what values returns for a way: one
// for each category, or nothing. All have the same scale.
func (r *report) perClient(label string, categories []string, values func(client, via string) []float64) (d drawing, err error) {
	highest := 0.0
	for _, o := range clients {
		var all []bars
		for _, via := range vias {
			if v := values(o.name, via); len(v) > 0 {
				all = append(all, bars{viaNames[via], viaColors[via], v})
				for _, value := range v {
					highest = max(highest, value)
				}
			}
		}
		if len(all) == 0 {
			continue
		}
		p := newPlot(o.name)
		if len(d.plots) == 0 {
			p.Y.Label.Text = label
		}
		if err := group(p, categories, all, vg.Points(9)); err != nil {
			return d, err
		}
		d.plots = append(d.plots, p)
	}
	for _, p := range d.plots {
		p.Y.Min, p.Y.Max = 0, highest*1.28 // room for the legend
		p.Y.Tick.Marker = numbers{}
	}
	d.width, d.height = vg.Points(float64(60+185*len(d.plots))), vg.Points(230)
	return d, nil
}

// plotCalls is the time of a call of one goroutine.
func (r *report) plotCalls() (drawing, error) {
	operations := []string{findHit, commit, remove, cycle}
	names := make([]string, len(operations))
	for i, operation := range operations {
		names[i] = operationNames[operation]
	}
	return r.perClient("microseconds, median", names, func(client, via string) (values []float64) {
		for _, operation := range operations {
			if w := r.call(standalone, client, operation, 1024, 1).way(via); w != nil {
				values = append(values, w.Nanoseconds/1000)
			}
		}
		return values
	})
}

// plotThroughput is how many requests' cycles are done in a second.
func (r *report) plotThroughput() (drawing, error) {
	var goroutines []int
	var categories []string
	for _, c := range r.Calls {
		if name := fmt.Sprint(c.Goroutines); c.Topology == standalone && c.Operation == cycle && c.Size == 1024 && !slices.Contains(categories, name) {
			goroutines, categories = append(goroutines, c.Goroutines), append(categories, name)
		}
	}
	d, err := r.perClient("thousand cycles a second", categories, func(client, via string) (values []float64) {
		for _, g := range goroutines {
			if w := r.call(standalone, client, cycle, 1024, g).way(via); w != nil {
				values = append(values, 1e6/w.Nanoseconds)
			}
		}
		return values
	})
	for _, p := range d.plots {
		p.X.Label.Text = "goroutines"
	}
	return d, err
}

// plotListings is the time of All by the number of sessions.
func (r *report) plotListings() (d drawing, err error) {
	low, high := math.Inf(1), 0.0
	for i, title := range []string{"All, alone in the database", "All, among ten times as many other keys"} {
		p := newPlot(title)
		p.Add(faintGrid())
		named := make(map[string]bool)
		for _, via := range vias {
			for _, o := range clients {
				var points plotter.XYs
				for _, l := range r.Listings {
					w := l.way(o.name, via)
					if w == nil || (l.Foreign > 0) != (i == 1) || len(w.Seconds) == 0 {
						continue
					}
					y := median(w.Seconds)
					points = append(points, plotter.XY{X: float64(l.Sessions), Y: y})
					low, high = min(low, y), max(high, y)
				}
				if len(points) == 0 {
					continue
				}
				line, dots, err := plotter.NewLinePoints(points)
				if err != nil {
					return d, err
				}
				line.Color, line.Width = viaColors[via], vg.Points(1.4)
				dots.Color, dots.Shape, dots.Radius = viaColors[via], draw.CircleGlyph{}, vg.Points(2.2)
				if via == viaBare {
					line.Width, dots.Radius = vg.Points(3.5), vg.Points(3.5) // seen beneath ours
				}
				p.Add(line, dots)
				if !named[via] {
					named[via] = true
					name := map[string]string{viaBare: "a loop by hand, each client", viaStore: "our store, each client", viaSCS: "scs's stores"}[via]
					p.Legend.Add(name, line, dots)
				}
			}
		}
		if len(named) == 0 {
			continue
		}
		p.X.Label.Text, p.Y.Label.Text = "sessions", "seconds, median"
		p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
		p.X.Tick.Marker, p.Y.Tick.Marker = decades{}, decades{}
		p.Legend.ThumbnailWidth = vg.Points(18)
		d.plots = append(d.plots, p)
	}
	for _, p := range d.plots {
		p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
		p.X.Min, p.X.Max = p.X.Min*0.8, p.X.Max*1.25
	}
	d.width, d.height = vg.Points(float64(20+380*len(d.plots))), vg.Points(280)
	return d, nil
}
