package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/topology"
)

// A result is what came of a pair.
type result struct {
	pair     topology.Pair
	bound    bound
	faults   map[string]int // by kind
	sessions int            // that were judged
	calls    int64
	errors   int64
	lost     int      // sessions that lost an acknowledged write while a primary was replaced
	samples  []string // of these
	repeated int      // sessions that a retried change reached twice
	unknown  int      // sessions that would take too long to judge
	longest  time.Duration

	mu         sync.Mutex
	violations []violation
	server     string // its version
}

// replicated reports whether a replica may take a primary's place.
func (r *result) replicated() bool { return slices.Contains(replicated, r.pair.Kind) }

func (r *result) report(v violation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, v)
}

// steadySessions are more than a page of SCAN, on one server.
const steadySessions = 1500

// runPair runs rounds of load and faults for the time d.
func runPair(tb testing.TB, pair topology.Pair, d time.Duration, seed uint64) *result {
	r := &result{pair: pair, bound: boundOf(pair), faults: make(map[string]int)}
	within(tb, func(tb testing.TB) {
		opts := redistest.Options{Proxied: true, Durable: true}
		if !r.replicated() {
			opts.Args = []string{"--appendfsync", "always"}
		}
		servers := topology.Start(tb, pair.Kind, opts, downAfter)
		r.server = servers.Nodes[0].Info(tb, "server", "redis_version")
		leaks := watchLeaks(servers)
		within(tb, func(tb testing.TB) { r.run(tb, servers, d, seed) })
		leaks(tb, leakTimeout, r.report)
	})
	return r
}

func (r *result) run(tb testing.TB, servers *topology.Servers, d time.Duration, seed uint64) {
	const prefix = "faults:"
	stores := []topology.Store{r.pair.Open(tb, servers, prefix), r.pair.Open(tb, servers, prefix)}
	l, err := newLoad(stores, steadySessions, r.bound, r.report)
	if err == nil {
		err = l.warmUp(tb.Context())
	}
	if err != nil {
		tb.Fatalf("%s: before any fault: %v", r.pair.Name(), err)
	}
	in := &injector{tb: tb, servers: servers, rand: random(seed, 0), prefix: prefix, counts: r.faults}
	draw := deck(in.rand, slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return !f.existsOn(r.pair.Kind) }))
	in.settle()
	for n, began := uint64(1), time.Now(); time.Since(began) < d && tb.Context().Err() == nil; n++ {
		r.round(in, l, draw, seed+n)
	}
	r.calls, r.errors, r.longest = l.calls.Load(), l.errors.Load(), time.Duration(l.longest.Load())
}

// deck draws from all kinds of fault before any of them again.
func deck(rand interface{ Shuffle(int, func(i, j int)) }, all []fault) func() fault {
	var left []fault
	return func() fault {
		if len(left) == 0 {
			left = append(left, all...)
			rand.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
		}
		f := left[0]
		left = left[1:]
		return f
	}
}

// round puts load on the stores, injects faults, and judges what was seen.
func (r *result) round(in *injector, l *load, draw func() fault, seed uint64) {
	roles, moves := in.roles(), r.faults["reshard"]
	l.start(seed)
	stopped := false
	defer func() {
		if !stopped { // the injector gave up
			l.end()
		}
	}()
	in.sleep(200 * time.Millisecond)
	w := &window{begin: l.clock.Load()}
	replaces := in.run(3*time.Second, draw)
	in.settle()
	w.end = l.clock.Load()
	in.sleep(500 * time.Millisecond)
	stopped = true
	l.end()
	if in.tb.Context().Err() != nil {
		return
	}
	sessions := l.finish(serviceBound)
	// A busy machine may have made a replica take over without having been asked to.
	if !replaces && in.roles() == roles {
		w = nil
	}
	mayBeLate := late
	if r.faults["reshard"] > moves {
		mayBeLate = lateMoved
	}
	r.judge(sessions, w, mayBeLate)
}

// judge judges all sessions of a round.
func (r *result) judge(sessions []*session, w *window, late time.Duration) {
	for _, s := range sessions {
		v := judge(s, w, r.pair.Adapter != "redigo" || r.pair.Kind == topology.Cluster, late)
		for _, violation := range v.violations {
			r.report(violation)
		}
		r.sessions++
		if v.lost != nil {
			if r.lost++; r.lost <= 2 {
				r.samples = append(r.samples, v.lost.account())
			}
		}
		if v.repeated {
			r.repeated++
		}
		if v.unknown {
			r.unknown++
		}
	}
}

// text describes the violations, few of each rule.
func (r *result) text() string {
	const most = 3
	shown := make(map[string]int)
	var out string
	for _, sample := range r.samples {
		out += fmt.Sprintf("%s: lost by design:\n%s", r.pair.Name(), sample)
	}
	for _, v := range r.violations {
		if shown[v.rule]++; shown[v.rule] <= most {
			out += fmt.Sprintf("%s: %s\n%s", r.pair.Name(), v.rule, v.text)
		}
	}
	for rule, n := range shown {
		if n > most {
			out += fmt.Sprintf("%s: %s: %d more\n", r.pair.Name(), rule, n-most)
		}
	}
	return out
}
