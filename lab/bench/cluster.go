package main

import (
	"runtime"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// A clusterResult is All on a Cluster of three primaries. The loop, by hand,
// reads one primary after the other.
type clusterResult struct {
	Client string

	Sessions    int
	Store, Loop []float64 // seconds, by round

	// The same on a network where each reply takes tripTime, so that waiting is
	// nearly all that there is to do: at the same time for all primaries, or for
	// one after the other.
	SlowSessions        int
	SlowStore, SlowLoop []float64
}

// slowSize is small, so that a page of sessions is few packets.
const slowSize = 10

// cluster measures on a Cluster.
func (b *bench) cluster() {
	nodes := redistest.StartCluster(b.tb)
	t := target{cluster: true}
	for _, node := range nodes {
		t.addrs = append(t.addrs, node.Addr)
	}
	load := newLoader(t.addrs, true)
	opened := b.open(t, clients)
	f := b.field(load, 1024)
	for _, goroutines := range b.cfg.goroutines[:2] {
		for _, operation := range []string{findHit, commit, remove, cycle} {
			for _, c := range opened {
				b.call(f, onCluster, c, operation, goroutines)
			}
		}
	}
	b.tb.Logf("cluster: calls done after %v", b.elapsed())

	results := make([]clusterResult, len(opened))
	// Those that the calls were made on are listed too.
	b.loadCluster(load, b.cfg.clustered, listedSize)
	for i, c := range opened {
		r := &results[i]
		r.Client, r.Sessions = c.name, b.cfg.clustered
		r.Store, r.Loop = b.listBoth(c, r.Sessions, b.cfg.clusterRounds)
	}
	closeAll(opened)
	load.close()
	for _, node := range nodes {
		node.Stop(b.tb)
	}

	slow := redistest.StartReplicatedCluster(b.tb, redistest.Options{Proxied: true})
	t.addrs = slow.Addrs()
	load = newLoader(t.addrs, true)
	b.loadCluster(load, b.cfg.slowClustered, slowSize)
	load.close()
	opened = b.open(t, clients)
	for _, node := range slow.Nodes() {
		node.Proxy.Delay(tripTime)
	}
	for i, c := range opened {
		r := &results[i]
		r.SlowSessions = b.cfg.slowClustered
		r.SlowStore, r.SlowLoop = b.listBoth(c, r.SlowSessions, b.cfg.slowRounds)
	}
	closeAll(opened)
	for _, node := range slow.Nodes() {
		node.Stop(b.tb)
	}
	b.report.Clusters = results
}

func (b *bench) loadCluster(load loader, n, size int) {
	if err := load.sessions(b.tb.Context(), newSessions(n), size); err != nil {
		b.tb.Fatal(err)
	}
}

// listBoth times All of our store and of the loop, in turn.
func (b *bench) listBoth(c *client, sessions, rounds int) (store, loop []float64) {
	timed := func(w *way) float64 {
		runtime.GC()
		start := time.Now()
		got, err := w.all(b.tb.Context())
		if err == nil && len(got) < sessions {
			err = errNotFound
		}
		if err != nil {
			b.tb.Fatalf("All through %s of %s on a Cluster: %v", w.via, c.name, err)
		}
		return time.Since(start).Seconds()
	}
	timed(c.way(viaStore)) // until the connections are there
	for range rounds {
		store = append(store, timed(c.way(viaStore)))
		loop = append(loop, timed(c.way(viaBare)))
	}
	return store, loop
}
