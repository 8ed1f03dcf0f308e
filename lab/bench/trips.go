package main

import (
	"context"
	"strconv"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// A tripResult is what one call costs the server and the network. It is for a
// client with one goroutine, whose connection is there.
type tripResult struct {
	Client    string
	Via       string
	Operation string
	Commands  map[string]float64 // that the server executed, by name
	Reads     float64            // of the server from a connection, of at most 16 KiB each
	Trips     float64            // the time of the call in times that a reply needs on a slow network
}

const all = "All"

// Trips are counted on a network on which each reply takes tripTime. All is
// over tripSessions sessions: no more than one reply needs.
const (
	tripTime     = 10 * time.Millisecond
	tripSessions = 50
)

// trips counts commands and round trips.
func (b *bench) trips() {
	server := redistest.Start(b.tb, redistest.Options{Proxied: true})
	defer server.Stop(b.tb)
	t := target{addrs: []string{server.ClientAddr()}}
	load := newLoader([]string{server.Addr}, false)
	f := &field{
		load: load, size: 100, stored: newSessions(tripSessions), missing: newSessions(tripSessions),
		deleted: newSessions(tripSessions), data: dataOf(100), expiry: time.Now().Add(lifetime),
	}
	if err := load.sessions(b.tb.Context(), f.stored, f.size); err != nil {
		b.tb.Fatal(err)
	}
	load.close()
	_, idle := b.counted(server, func() error { return nil })
	for _, o := range clients {
		for _, c := range b.open(t, []opener{o}) {
			for i := range c.ways {
				for _, operation := range []string{findHit, commit, remove, all} {
					b.trip(server, f, c.name, &c.ways[i], operation, idle)
				}
			}
			c.close()
		}
	}
}

func (b *bench) trip(server *redistest.Server, f *field, client string, way *way, operation string, idle int) {
	ctx, cancel := context.WithCancel(b.tb.Context())
	defer cancel()
	n, call := 1, func(int) error { _, err := way.all(ctx); return err }
	if operation != all {
		through := f.through(way, operation)
		n, call = 5, func(i int) error { return through(ctx, i) }
	}
	r := tripResult{Client: client, Via: way.via, Operation: operation, Commands: make(map[string]float64)}
	var took time.Duration
	calls := func() error {
		start := time.Now()
		for i := range n {
			if err := call(i); err != nil {
				return err
			}
		}
		took = time.Since(start)
		return nil
	}
	// Until the connections are there, of which rueidis picks one at random.
	server.Proxy.Heal()
	for range 20 {
		if err := calls(); err != nil {
			b.tb.Fatalf("%s through %s of %s: %v", operation, way.via, client, err)
		}
	}
	server.Proxy.Delay(tripTime)
	commands, reads := b.counted(server, calls)
	for name, calls := range commands {
		r.Commands[name] = float64(calls) / float64(n)
	}
	r.Reads, r.Trips = float64(reads-idle)/float64(n), took.Seconds()/tripTime.Seconds()/float64(n)
	b.report.Trips = append(b.report.Trips, r)
}

// counted runs f, and returns what the server counted meanwhile.
func (b *bench) counted(server *redistest.Server, f func() error) (commands map[string]int, reads int) {
	commands = server.Commands(b.tb, func() {
		if err := f(); err != nil {
			b.tb.Fatal(err)
		}
		text := server.Info(b.tb, "stats", "total_reads_processed")
		var err error
		if reads, err = strconv.Atoi(text); err != nil {
			b.tb.Fatalf("INFO stats has total_reads_processed %q", text)
		}
	})
	if commands["info"]--; commands["info"] == 0 { // the one above is not f's
		delete(commands, "info")
	}
	return commands, reads
}
