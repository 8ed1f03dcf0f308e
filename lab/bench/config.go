package main

import (
	"slices"
	"time"
)

// config is how much is measured.
type config struct {
	sections, clients []string // no client: all of them

	sizes, goroutines    []int
	rounds, targetRounds int
	slice                time.Duration

	listings                  []listing
	streamed                  int // sessions
	clustered, slowClustered  int // sessions
	clusterRounds, slowRounds int
	ownWrites, settingRounds  int
}

// full is what make bench measures in about 25 minutes on two cores. Effort
// multiplies the number of rounds.
func full(effort float64) config {
	rounds := func(n float64) int { return max(int(n*effort), 1) }
	once := func(n int) int { return min(rounds(float64(n)), n) } // what takes seconds
	return config{
		sections: sectionNames(),
		sizes:    []int{1024, 100, 16 * 1024}, goroutines: []int{1, 32, 256},
		rounds: rounds(36), targetRounds: rounds(240), slice: 12 * time.Millisecond,
		listings: []listing{
			{1000, 0, rounds(60), rounds(60)},
			{1000, 10_000, rounds(60), rounds(60)},
			{50_000, 0, rounds(15), once(3)},
			{50_000, 500_000, rounds(7), once(2)},
			{500_000, 0, rounds(3), 1},
			{500_000, 5_000_000, once(2), 1},
		},
		streamed:  500_000,
		clustered: 90_000, slowClustered: 15_000, clusterRounds: rounds(9), slowRounds: once(3),
		ownWrites: 20_000, settingRounds: rounds(24),
	}
}

func (c config) client(name string) bool {
	return len(c.clients) == 0 || slices.Contains(c.clients, name)
}
