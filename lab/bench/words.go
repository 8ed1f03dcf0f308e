package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// What the page writes.

var operationNames = map[string]string{
	findHit: "Find", findMiss: "Find, missing", commit: "Commit", remove: "Delete", cycle: "cycle", all: "All",
}

// percent writes how much more a ratio is than one, with its interval.
func percent(r *ratio) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%+.1f %% (%+.1f to %+.1f)", 100*(r.Median-1), 100*(r.Low-1), 100*(r.High-1))
}

// times writes a ratio.
func times(ratio float64) string {
	if ratio >= 10 {
		return fmt.Sprintf("%.0f×", ratio)
	}
	return fmt.Sprintf("%.2f×", ratio)
}

func timesOf(r *ratio) string {
	if r == nil {
		return ""
	}
	return times(r.Median)
}

func microseconds(nanoseconds float64) string { return fmt.Sprintf("%.1f µs", nanoseconds/1000) }

func seconds(s float64) string {
	switch {
	case math.IsNaN(s):
		return ""
	case s < 0.1:
		return fmt.Sprintf("%.1f ms", 1000*s)
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	}
	return fmt.Sprintf("%.1f s", s)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// bytesText writes the size of a session.
func bytesText(n int) string {
	if n >= 1024 && n%1024 == 0 {
		return fmt.Sprintf("%d KiB", n/1024)
	}
	return fmt.Sprintf("%d B", n)
}

func blockedText(b blocked) string {
	if b.Microseconds == 0 {
		return "< 1 ms"
	}
	return fmt.Sprintf("%.1f ms (%s)", float64(b.Microseconds)/1000, strings.ToUpper(b.Command))
}

func goroutinesText(n int) string {
	if n == 1 {
		return "1 goroutine"
	}
	return fmt.Sprintf("%d goroutines", n)
}

// commandsText writes what a server executed.
func commandsText(commands map[string]float64) string {
	var parts []string
	for name, n := range commands {
		part := strings.ToUpper(strings.ReplaceAll(name, "|", " "))
		if n != 1 {
			part = fmt.Sprintf("%g %s", n, part)
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// A table is one of the page. A row of which all cells but the first two are
// empty is left out.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) {
	if slices.ContainsFunc(cells[min(2, len(cells)-1):], func(cell string) bool { return cell != "" }) {
		t.rows = append(t.rows, cells)
	}
}

const notMeasured = "Not measured in this run."

func (t *table) String() string {
	if len(t.rows) == 0 {
		return notMeasured
	}
	var w strings.Builder
	fmt.Fprintf(&w, "| %s |\n|%s", strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
	for _, row := range t.rows {
		fmt.Fprintf(&w, "\n| %s |", strings.Join(row, " | "))
	}
	return w.String()
}
