package main

import (
	"math"
	"slices"
)

// quantile returns the q-quantile of values, which it sorts.
func quantile[T int32 | int64 | float64](values []T, q float64) T {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// A ratio is the median over rounds of a ratio within a round, and a 95 %
// confidence interval for it, from the order of the rounds' ratios alone.
type ratio struct {
	Median, Low, High float64
	Rounds            int
}

// ratioOf is the ratio of a to b. Where one of them has more rounds, those are
// left out.
func ratioOf(a, b []float64) ratio {
	n := min(len(a), len(b))
	ratios := make([]float64, n)
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	if n == 0 {
		return ratio{}
	}
	slices.Sort(ratios)
	off := int(math.Floor((float64(n) - 1.96*math.Sqrt(float64(n))) / 2))
	low := max(off, 0)
	return ratio{median(ratios), ratios[low], ratios[n-1-low], n}
}
