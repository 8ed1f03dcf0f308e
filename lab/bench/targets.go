package main

import (
	"fmt"
	"strings"
)

// A goal is one line of the table of targets.
type goal struct {
	text     string
	measured string
	met      bool
	seen     bool // it was measured
}

// Goals.
const (
	mostOverhead   = 1.03 // of the bare call's time
	mostAllocs     = 1    // more than the bare call
	leastCommit    = 1.1  // of redisstore's throughput
	leastListing   = 35   // times faster than scs's stores
	mostListing    = 1.5  // of the time of a loop by hand
	mostHeap       = 24 << 20
	mostBlocked    = 2000 // microseconds
	targetListed   = 50_000
	largestListed  = 500_000
	inParallelTime = 0.6 // of that of a loop over one primary after the other, on a slow network
)

// goals compares the run with the targets, client by client.
func (r *report) goals() (goals []goal) {
	for _, operation := range []string{findHit, commit, remove} {
		name := operationNames[operation]
		goals = append(goals,
			r.each(name+" takes at most 3 % longer than the bare call", func(client string) (string, bool, bool) {
				over := r.call(standalone, client, operation, 1024, 1).ratio("store/bare")
				if over == nil {
					return "", false, false
				}
				return percent(over), over.Median <= mostOverhead, true
			}),
			r.each(name+" allocates at most once more than the bare call", func(client string) (string, bool, bool) {
				c := r.call(standalone, client, operation, 1024, 1)
				if c == nil {
					return "", false, false
				}
				more := c.way(viaStore).Allocs - c.way(viaBare).Allocs
				return fmt.Sprintf("%+.0f", more), more < mostAllocs+0.5, true
			}))
	}
	goals = append(goals, goalOf("Commit from 32 goroutines: at least 1.1 times the throughput of scs's redisstore", "redigo",
		r.call(standalone, "redigo", commit, 1024, 32).ratio("scs/store"), leastCommit))
	listed := r.listing(targetListed, false)
	for _, scs := range []string{"redigo", "go-redis"} {
		goals = append(goals, r.each("All of 50,000: at least 35 times faster than scs's "+scsNames[scs], func(client string) (string, bool, bool) {
			over := listed.way(scs, viaSCS).over(listed.way(client, viaStore))
			if over == nil {
				return "", false, false
			}
			return times(over.Median), over.Median >= leastListing, true
		}))
	}
	return append(goals,
		r.each("All of 50,000: at most 1.5 times a loop by hand", func(client string) (string, bool, bool) {
			over := listed.way(client, viaStore).over(listed.way(client, viaBare))
			if over == nil {
				return "", false, false
			}
			return times(over.Median), over.Median <= mostListing, true
		}),
		r.each("All on a Cluster: the primaries are read at the same time", func(client string) (string, bool, bool) {
			for _, c := range r.Clusters {
				if c.Client == client {
					over := ratioOf(c.SlowStore, c.SlowLoop).Median
					return times(over), over <= inParallelTime, true
				}
			}
			return "", false, false
		}),
		r.each("Each of 500,000 sessions of 300 B: less than 24 MiB more heap", func(client string) (string, bool, bool) {
			for _, s := range r.Streams {
				if s.Client == client && s.Sessions == largestListed {
					return mebibytes(s.Each.Growth), s.Each.Growth < mostHeap, true
				}
			}
			return "", false, false
		}),
		r.each("No command of ours blocks the server for more than about 2 ms", func(client string) (string, bool, bool) {
			longest, seen := r.blocked(client, viaStore)
			shown := fmt.Sprintf("%s, by the latency monitor %d ms", blockedText(longest), longest.Milliseconds)
			return shown, longest.Microseconds <= mostBlocked, seen
		}),
	)
}

var scsNames = map[string]string{"redigo": "redisstore", "go-redis": "goredisstore"}

// blocked returns the longest command of any listing through a way of a client.
func (r *report) blocked(client, via string) (longest blocked, seen bool) {
	for _, l := range r.Listings {
		if w := l.way(client, via); w != nil {
			longest, seen = longest.or(w.Blocked), true
		}
	}
	for _, s := range r.Streams {
		if s.Client == client && via == viaStore {
			longest, seen = longest.or(s.Each.Blocked).or(s.All.Blocked), true
		}
	}
	return longest, seen
}

// each makes a goal of what measured says about every client.
func (r *report) each(text string, measured func(client string) (shown string, met, seen bool)) goal {
	g := goal{text: text, met: true}
	var parts []string
	for _, o := range clients {
		shown, met, seen := measured(o.name)
		if !seen {
			continue
		}
		if !met {
			shown = "**" + shown + "**"
		}
		g.seen, g.met = true, g.met && met
		parts = append(parts, o.name+" "+shown)
	}
	g.measured = strings.Join(parts, ", ")
	return g
}

func goalOf(text, client string, r *ratio, least float64) goal {
	if r == nil {
		return goal{text: text}
	}
	return goal{text, client + " " + times(r.Median), r.Median >= least, true}
}
