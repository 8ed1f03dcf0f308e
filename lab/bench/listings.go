package main

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// A listing is All over a number of sessions.
type listing struct {
	sessions int
	foreign  int // keys that are nobody's sessions
	rounds   int
	scs      int // rounds with scs's stores, which take longer
}

// A listingResult is how long All takes through every way of every client.
type listingResult struct {
	Sessions, Size, Foreign int
	Ways                    []listedResult
}

type listedResult struct {
	Client, Via string
	Seconds     []float64 // by round
	Server      []float64 // of these, the seconds that the server executed commands
	Blocked     blocked
}

// blocked is the longest time that the server was busy with one command, and so
// with nobody else.
type blocked struct {
	Command      string // of the longest entry in the SLOWLOG, which has those over a millisecond
	Microseconds int64
	Milliseconds int64 // the longest command that the latency monitor saw
}

func (b blocked) or(o blocked) blocked {
	if o.Microseconds > b.Microseconds {
		b.Command, b.Microseconds = o.Command, o.Microseconds
	}
	b.Milliseconds = max(b.Milliseconds, o.Milliseconds)
	return b
}

// listedSize is the size of the sessions that are listed.
const listedSize = 300

// watched makes a server that notes commands of more than a millisecond.
var watched = redistest.Options{Args: []string{
	"--slowlog-log-slower-than", "1000", "--slowlog-max-len", "1000", "--latency-monitor-threshold", "1",
}}

// watch runs f and returns the longest that one command blocked the server.
func (b *bench) watch(server *redistest.Server, f func() error) (blocked, error) {
	server.Do(b.tb, "SLOWLOG", "RESET")
	server.Do(b.tb, "LATENCY", "RESET")
	if err := f(); err != nil {
		return blocked{}, err
	}
	var longest blocked
	for _, entry := range server.Do(b.tb, "SLOWLOG", "GET", "-1").([]any) {
		fields := entry.([]any)
		if took := fields[2].(int64); took > longest.Microseconds {
			longest.Command, longest.Microseconds = fields[3].([]any)[0].(string), took
		}
	}
	for _, event := range server.Do(b.tb, "LATENCY", "LATEST").([]any) {
		fields := event.([]any)
		if name := fields[0]; name == "command" || name == "fast-command" {
			longest.Milliseconds = max(longest.Milliseconds, fields[3].(int64))
		}
	}
	return longest, nil
}

// listings measures All.
func (b *bench) listings() {
	for _, l := range b.cfg.listings {
		b.listing(l)
		b.tb.Logf("listings: %d sessions among %d foreign keys done after %v", l.sessions, l.foreign, b.elapsed())
	}
}

func (b *bench) listing(l listing) {
	ctx := b.tb.Context()
	server := redistest.Start(b.tb, watched)
	defer server.Stop(b.tb)
	t := target{addrs: []string{server.Addr}}
	load := newLoader(t.addrs, false)
	if err := load.foreign(ctx, l.foreign); err != nil {
		b.tb.Fatal(err)
	}
	if err := load.sessions(ctx, newSessions(l.sessions), listedSize); err != nil {
		b.tb.Fatal(err)
	}
	load.close()
	opened := b.open(t, clients)
	defer closeAll(opened)

	r := listingResult{Sessions: l.sessions, Size: listedSize, Foreign: l.foreign}
	var ways []*way
	for _, c := range opened {
		for i := range c.ways {
			ways = append(ways, &c.ways[i])
			r.Ways = append(r.Ways, listedResult{Client: c.name, Via: c.ways[i].via})
		}
	}
	for round := range max(l.rounds, l.scs) {
		for i := range ways {
			if round%2 == 1 {
				i = len(ways) - 1 - i
			}
			w, result := ways[i], &r.Ways[i]
			if w.via == viaSCS && round >= l.scs || w.via != viaSCS && round >= l.rounds {
				continue
			}
			took, executing, longest := b.listOnce(ctx, server, result.Client, w, l.sessions)
			result.Seconds = append(result.Seconds, took.Seconds())
			result.Server = append(result.Server, executing.Seconds())
			result.Blocked = result.Blocked.or(longest)
		}
	}
	b.report.Listings = append(b.report.Listings, r)
}

// listOnce calls All once, on a heap without garbage.
func (b *bench) listOnce(ctx context.Context, server *redistest.Server, client string, w *way, sessions int) (took, executing time.Duration, longest blocked) {
	runtime.GC()
	server.Do(b.tb, "CONFIG", "RESETSTAT")
	longest, err := b.watch(server, func() error {
		start := time.Now()
		got, err := w.all(ctx)
		took = time.Since(start)
		if err == nil && len(got) != sessions {
			err = errNotFound
		}
		return err
	})
	if err != nil {
		b.tb.Fatalf("All of %d sessions through %s of %s: %v", sessions, w.via, client, err)
	}
	return took, b.executing(server), longest
}

// executing returns for how long the server has executed the commands of
// listings since CONFIG RESETSTAT.
func (b *bench) executing(server *redistest.Server) (total time.Duration) {
	for _, name := range []string{"scan", "get", "keys"} {
		stats := server.Info(b.tb, "commandstats", "cmdstat_"+name) // calls=1,usec=2,...
		_, stats, _ = strings.Cut(stats, "usec=")
		stats, _, _ = strings.Cut(stats, ",")
		if usec, err := strconv.Atoi(stats); err == nil {
			total += time.Duration(usec) * time.Microsecond
		}
	}
	return total
}
