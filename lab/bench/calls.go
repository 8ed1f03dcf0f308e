package main

import (
	"context"
	"errors"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// The calls that are measured. A cycle is what a request does that commits its
// session: Find, then Commit.
const (
	findHit  = "FindHit"
	findMiss = "FindMiss"
	commit   = "Commit"
	remove   = "Delete"
	cycle    = "Cycle"
)

var operations = []string{findHit, findMiss, commit, remove, cycle}

// A callResult is a call through every way of one client.
type callResult struct {
	Topology   string
	Client     string
	Operation  string
	Size       int `json:",omitempty"` // of the data in bytes; 0: there is none
	Goroutines int
	Ways       []wayResult
	Ratios     map[string]ratio // of the times, such as "store/bare"
}

type wayResult struct {
	Via           string
	Nanoseconds   float64 // per call, of all goroutines together
	P50, P99      int32   // nanoseconds of a call
	Bytes, Allocs float64 // per call; means something with one goroutine only
	Samples       []sampleResult
}

type sampleResult struct {
	Calls       int
	Nanoseconds float64
	P50, P99    int32
}

const (
	standalone = "standalone"
	onCluster  = "cluster"
)

// again is a second entry of the bare call: what differs between the two is the
// error of the measurement.
const again = "again"

// calls measures the calls on one server.
func (b *bench) calls() {
	server := redistest.Start(b.tb, redistest.Options{})
	defer server.Stop(b.tb)
	t := target{addrs: []string{server.Addr}}
	opened := b.open(t, clients)
	defer closeAll(opened)
	load := newLoader(t.addrs, false)
	defer load.close()
	for _, size := range b.cfg.sizes {
		f := b.field(load, size)
		for _, goroutines := range b.cfg.goroutines {
			for _, operation := range operations {
				if operation == findMiss && size != b.cfg.sizes[0] {
					continue
				}
				for _, c := range opened {
					b.call(f, standalone, c, operation, goroutines)
				}
			}
		}
		b.tb.Logf("calls: sessions of %s done after %v", bytesText(size), b.elapsed())
	}
}

// open opens the clients that are to be measured.
func (b *bench) open(t target, openers []opener) (opened []*client) {
	for _, o := range openers {
		if !b.cfg.client(o.name) {
			continue
		}
		c, err := o.open(t)
		if err != nil {
			b.tb.Fatalf("%s: %v", o.name, err)
		}
		opened = append(opened, c)
	}
	return opened
}

func closeAll(opened []*client) {
	for _, c := range opened {
		c.close()
	}
}

// A field is the sessions that calls are made on.
type field struct {
	load    loader
	size    int
	stored  []session
	missing []session
	deleted []session // stored before each slice that deletes
	data    []byte
	expiry  time.Time
}

func (b *bench) field(load loader, size int) *field {
	// No more than the server's cache and ours hold easily: what is measured
	// is the way to the server and back.
	f := &field{
		load: load, size: size, stored: newSessions(1000), missing: newSessions(1000), deleted: newSessions(2000),
		data: dataOf(size), expiry: time.Now().Add(lifetime),
	}
	if err := load.sessions(b.tb.Context(), f.stored, size); err != nil {
		b.tb.Fatal(err)
	}
	return f
}

var (
	errNotFound = errors.New("a session that was stored is not found, or has other data")
	errFound    = errors.New("a session that was not stored is found")
)

// through returns the call of an operation through a way.
func (f *field) through(w *way, operation string) func(ctx context.Context, i int) error {
	find := func(ctx context.Context, i int) error {
		b, found, err := w.find(ctx, f.stored[i%len(f.stored)])
		if err == nil && (!found || len(b) != f.size) {
			err = errNotFound
		}
		return err
	}
	store := func(ctx context.Context, i int) error {
		return w.commit(ctx, f.stored[i%len(f.stored)], f.data, f.expiry)
	}
	switch operation {
	case findHit:
		return find
	case findMiss:
		return func(ctx context.Context, i int) error {
			_, found, err := w.find(ctx, f.missing[i%len(f.missing)])
			if found {
				err = errFound
			}
			return err
		}
	case commit:
		return store
	case remove:
		return func(ctx context.Context, i int) error { return w.delete(ctx, f.deleted[i]) }
	case cycle:
		return func(ctx context.Context, i int) error {
			if err := find(ctx, i); err != nil {
				return err
			}
			return store(ctx, i)
		}
	}
	panic(operation)
}

// call measures an operation through every way of a client.
func (b *bench) call(f *field, topology string, c *client, operation string, goroutines int) {
	contest := &contest{goroutines: goroutines, rounds: b.cfg.rounds, length: b.cfg.slice, most: 20_000}
	if operation == remove {
		contest.most = len(f.deleted)
		contest.prepare = func(calls int) error {
			return f.load.sessions(b.tb.Context(), f.deleted[:calls], f.size)
		}
	}
	bare := c.way(viaBare)
	contest.entries = []*entry{{name: viaBare, call: f.through(bare, operation)}}
	for i := range c.ways {
		if w := &c.ways[i]; w != bare {
			contest.entries = append(contest.entries, &entry{name: w.via, call: f.through(w, operation)})
		}
	}
	if topology == standalone && isTarget(operation, f.size, goroutines) {
		contest.rounds = b.cfg.targetRounds
		contest.entries = append(contest.entries, &entry{name: again, call: f.through(bare, operation)})
	}
	if err := contest.run(b.tb.Context()); err != nil {
		b.tb.Fatalf("%s of %d bytes at %d goroutines with %s: %v", operation, f.size, goroutines, c.name, err)
	}
	r := callResult{Topology: topology, Client: c.name, Operation: operation, Goroutines: goroutines}
	if operation != findMiss {
		r.Size = f.size
	}
	r.Ways, r.Ratios = contest.results()
	b.report.Calls = append(b.report.Calls, r)
}

// isTarget reports whether there is a target for a call, which is measured more
// thoroughly then.
func isTarget(operation string, size, goroutines int) bool {
	return size == 1024 && (goroutines == 1 && operation != findMiss && operation != cycle ||
		goroutines == 32 && operation == commit)
}

// results returns what came of the entries, and the ratios of their times to
// those of the bare call and of our store.
func (c *contest) results() (ways []wayResult, ratios map[string]ratio) {
	ratios = make(map[string]ratio)
	for _, e := range c.entries {
		for _, to := range c.entries {
			if e != to && (to.name == viaBare || to.name == viaStore) {
				ratios[e.name+"/"+to.name] = ratioOf(e.times, to.times)
			}
		}
		if e.name == again {
			continue
		}
		w := wayResult{Via: e.name, Nanoseconds: median(e.times), Bytes: median(e.bytes), Allocs: median(e.mallocs)}
		var all []int32
		for s, latency := range e.latency {
			if len(latency) == 0 {
				continue
			}
			var times []float64
			for round := s; round < len(e.times); round += samples {
				times = append(times, e.times[round])
			}
			all = append(all, latency...)
			w.Samples = append(w.Samples, sampleResult{len(latency), median(times), quantile(latency, 0.5), quantile(latency, 0.99)})
		}
		w.P50, w.P99 = quantile(all, 0.5), quantile(all, 0.99)
		ways = append(ways, w)
	}
	return ways, ratios
}
