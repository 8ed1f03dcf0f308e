package main

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// summary tells a result in a line.
func (r *result) summary() string {
	return fmt.Sprintf("%s: %d faults, %d calls, %d errors, %d sessions judged, %d lost a write by design, %d changed twice, %d not judged, longest call %v, %d violations\n",
		r.pair.Name(), r.injected(), r.calls, r.errors, r.sessions, r.lost, r.repeated, r.unknown, seconds(r.longest), len(r.violations))
}

func (r *result) injected() int {
	n := 0
	for _, count := range r.faults {
		n += count
	}
	return n
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// page is the tables as Markdown, with what they mean.
func page(results []*result, command, server string, took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Fault runs

`+"`%s`"+`, %v on %s/%s with %d processors, %s, Redis %s, %s.

`, command, took.Round(time.Second), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), server, versions())
	b.WriteString("| adapter | client | topology | faults | calls | errors | sessions judged | not judged | changed twice | lost by design | longest call | bound | violations |\n")
	b.WriteString("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range results {
		lost := fmt.Sprint(r.lost)
		if !r.replicated() {
			lost = "–"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %d | %d | %d | %d | %s | %s | %s | %d |\n",
			r.pair.Adapter, r.pair.Client, r.pair.Kind, r.injected(), r.calls, r.errors, r.sessions, r.unknown, r.repeated,
			lost, seconds(r.longest), seconds(r.bound.call), len(r.violations))
	}
	b.WriteString("\nFaults per kind:\n\n| adapter | client |")
	for _, f := range faults {
		fmt.Fprintf(&b, " %s |", f.name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("--:|", len(faults)) + "\n")
	total := make(map[string]int)
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s |", r.pair.Adapter, r.pair.Client)
		for _, f := range faults {
			n := fmt.Sprint(r.faults[f.name])
			if !f.existsOn(r.pair.Kind) {
				n = "–"
			}
			fmt.Fprintf(&b, " %s |", n)
			total[f.name] += r.faults[f.name]
		}
		b.WriteString("\n")
	}
	b.WriteString("| all | |")
	for _, f := range faults {
		fmt.Fprintf(&b, " %d |", total[f.name])
	}
	b.WriteString("\n" + note)
	return b.String()
}

// versions are those of the clients.
func versions() string {
	clients := map[string]string{
		"github.com/gomodule/redigo": "redigo", "github.com/mna/redisc": "redisc", "github.com/redis/go-redis/v9": "go-redis",
		"github.com/redis/rueidis": "rueidis", "github.com/rueian/rueidis": "rueian/rueidis",
	}
	found := make(map[string]string)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if name, ok := clients[m.Path]; ok {
				found[name] = m.Version
			}
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(found)) {
		list = append(list, name+" "+found[name])
	}
	return strings.Join(list, ", ")
}

const note = `
Two stores on clients of their own, used by 11 goroutines: sessions that several use at
the same time, that one sees through, that expire meanwhile, and 1500 that live
throughout. All waits of the clients are 1 s. After each round of faults every session
is found, deleted, and not found. What is judged:

- The calls on each token have an order that explains their results, in which none comes
  before one that had returned when it began. So nothing that was acknowledged is lost,
  a live session is never "not found" and a deleted one never found. A call that returned
  an error may take effect at any later time, or never.
- While a client waits for the reply to a change, it may make that change more than once:
  go-redis, rueidis and their stores retry. Sessions whose calls have an order only
  because of that are counted as "changed twice". redigostore, which does not but on
  a Cluster, gets that benefit there only.
- On Sentinel and Cluster, of a round in which a primary was replaced: the calls that
  ended before the fault, and those that began after all servers agreed again, each have
  an order; a session may begin the latter as any Commit or Delete before had left it, or
  as there were none. In between a Find returns what somebody had committed, or nothing.
  Sessions whose calls have an order under these rules only are counted as "lost by
  design". All other rounds, and Standalone and Ring with "appendfsync always", are judged
  in full.
- Always: no session with the data of another, none past its expiry (but by a
  second where slots moved, since MIGRATE sends what is left of a life), no error that comes
  with a session, All and Each show all sessions that live throughout or return an
  error, everything works within 20 s of the servers' agreement, no goroutine and no
  connection outlives its client by 15 s, and no call takes longer than its bound. All
  and Each have 2 s more. The time for which the machine kept the process from running
  does not count.
- "Not judged" are sessions for whose calls it takes over 3 s to find out.
`
