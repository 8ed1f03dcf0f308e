package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed performance.md.tmpl
var pageTemplate string

// publish writes the page and its plots.
func (r *report) publish(folder string) error {
	if err := r.plots(filepath.Join(folder, plotFolder)); err != nil {
		return err
	}
	page, err := r.page()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, pageFile), page, 0o644)
}

// page is docs/performance.md: the prose of the template, with tables in it.
func (r *report) page() ([]byte, error) {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var w bytes.Buffer
	if err := t.Execute(&w, r); err != nil {
		return nil, err
	}
	return append(bytes.TrimSpace(w.Bytes()), '\n'), nil
}

// The methods below are what the template calls.

// Made says what the run was made with.
func (r *report) Made() string {
	machine := fmt.Sprintf("%d cores", r.Cores)
	if r.CPU != "" {
		machine += " of " + r.CPU
	}
	var versions []string
	for _, module := range modules {
		versions = append(versions, fmt.Sprintf("`%s %s`", strings.TrimPrefix(module, "github.com/"), r.Modules[module]))
	}
	note := ""
	if r.Command != fullCommand {
		note = " **It is not a full run**, and its figures are rough."
	}
	return fmt.Sprintf("`%s`, in %s, on %s, which client and server share, with %s on %s and %s. The clients and scs's stores: %s.%s",
		r.Command, r.Took, machine, r.Go, r.System, r.Server, strings.Join(versions, ", "), note)
}

// Targets is the table of targets.
func (r *report) Targets() string {
	t := &table{head: []string{"target", "measured", "met"}}
	for _, g := range r.goals() {
		switch {
		case !g.seen:
			t.rows = append(t.rows, []string{g.text, "not in this run", ""})
		case g.met:
			t.rows = append(t.rows, []string{g.text, g.measured, "yes"})
		default:
			t.rows = append(t.rows, []string{g.text, g.measured, "**no**"})
		}
	}
	return t.String()
}

// Error is the table of what the same call differs from itself.
func (r *report) Error() string {
	t := &table{head: []string{"bare call against itself", "Find", "Commit", "Delete"}}
	for _, o := range clients {
		row := []string{o.name}
		for _, operation := range []string{findHit, commit, remove} {
			row = append(row, percent(r.call(standalone, o.name, operation, 1024, 1).ratio(again+"/"+viaBare)))
		}
		t.add(row...)
	}
	return t.String()
}

// OneCall is the table of calls of one goroutine.
func (r *report) OneCall() string {
	t := &table{head: []string{"client", "call", "bare call", "our store", "scs's store", "store over bare", "p50, bare and store", "p99, bare and store", "allocations: bare, store, scs's"}}
	for _, o := range clients {
		for _, operation := range operations {
			size := 1024
			if operation == findMiss {
				size = 0
			}
			c := r.call(standalone, o.name, operation, size, 1)
			if c == nil {
				continue
			}
			bare, store, theirs := c.way(viaBare), c.way(viaStore), c.way(viaSCS)
			row := []string{
				o.name, operationNames[operation], microseconds(bare.Nanoseconds), microseconds(store.Nanoseconds), "",
				percent(c.ratio("store/bare")),
				microseconds(float64(bare.P50)) + ", " + microseconds(float64(store.P50)),
				microseconds(float64(bare.P99)) + ", " + microseconds(float64(store.P99)),
				fmt.Sprintf("%.0f, %.0f", bare.Allocs, store.Allocs),
			}
			if theirs != nil {
				row[4] = microseconds(theirs.Nanoseconds)
				row[8] += fmt.Sprintf(", %.0f", theirs.Allocs)
			}
			t.add(row...)
		}
	}
	return t.String()
}

// grid is a table of a ratio of times, for every size and number of goroutines.
func (r *report) grid(topology, name string) string {
	type column struct{ size, goroutines int }
	var columns []column
	t := &table{head: []string{"client", "call"}}
	for _, c := range r.Calls {
		col := column{c.Size, c.Goroutines}
		if c.Topology != topology || c.Size == 0 || slices.Contains(columns, col) {
			continue
		}
		columns = append(columns, col)
		t.head = append(t.head, fmt.Sprintf("%s, %d", bytesText(c.Size), c.Goroutines))
	}
	for _, o := range clients {
		for _, operation := range operations {
			row := []string{o.name, operationNames[operation]}
			for _, col := range columns {
				row = append(row, timesOf(r.call(topology, o.name, operation, col.size, col.goroutines).ratio(name)))
			}
			t.add(row...)
		}
	}
	return t.String()
}

func (r *report) StoreOverBare() string { return r.grid(standalone, viaStore+"/"+viaBare) }
func (r *report) SCSOverStore() string  { return r.grid(standalone, viaSCS+"/"+viaStore) }
func (r *report) OnCluster() string     { return r.grid(onCluster, viaStore+"/"+viaBare) }
