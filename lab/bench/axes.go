package main

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func faintGrid() *plotter.Grid {
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	return grid
}

// decades are the ticks of an axis that is logarithmic: the powers of ten.
type decades struct{}

func (decades) Ticks(low, high float64) (ticks []plot.Tick) {
	for e := math.Ceil(math.Log10(low) - 1e-9); e <= math.Log10(high)+1e-9; e++ {
		value := math.Pow(10, e)
		ticks = append(ticks, plot.Tick{Value: value, Label: grouped(value)})
	}
	return ticks
}

// factors are the ticks of an axis that is logarithmic: one, and what it is
// doubled or halved to.
type factors struct{}

func (factors) Ticks(low, high float64) (ticks []plot.Tick) {
	for e := math.Ceil(math.Log2(low)); e <= math.Log2(high); e++ {
		value := math.Exp2(e)
		label := strconv.FormatFloat(value, 'f', 0, 64)
		if e < 0 {
			label = "1/" + strconv.FormatFloat(1/value, 'f', 0, 64)
		}
		ticks = append(ticks, plot.Tick{Value: value, Label: label})
	}
	return ticks
}

// numbers are the usual ticks, without superfluous digits.
type numbers struct{}

func (numbers) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = grouped(ticks[i].Value)
		}
	}
	return ticks
}

// grouped writes a number with its thousands apart.
func grouped(value float64) string {
	if value < 1000 {
		return strconv.FormatFloat(value, 'g', 3, 64)
	}
	s := strconv.FormatFloat(value, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
