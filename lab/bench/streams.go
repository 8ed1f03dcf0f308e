package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// A streamResult is what Each needs of the heap, and All for comparison.
type streamResult struct {
	Client         string
	Sessions, Size int
	Each, All      streamed
}

type streamed struct {
	Seconds float64
	Before  int64 // bytes of the heap, with the client open
	Growth  int64 // of the heap at its highest over the heap before, garbage included
	Blocked blocked
}

// streams measures the heap while sessions are listed.
func (b *bench) streams() {
	ctx := b.tb.Context()
	server := redistest.Start(b.tb, watched)
	defer server.Stop(b.tb)
	t := target{addrs: []string{server.Addr}}
	load := newLoader(t.addrs, false)
	if err := load.sessions(ctx, newSessions(b.cfg.streamed), listedSize); err != nil {
		b.tb.Fatal(err)
	}
	load.close()
	for _, o := range clients {
		for _, c := range b.open(t, []opener{o}) {
			w := c.way(viaStore)
			r := streamResult{Client: c.name, Sessions: b.cfg.streamed, Size: listedSize}
			r.Each = b.streamed(server, c.name, func() (n int, err error) {
				err = w.each(ctx, func(string, []byte) error { n++; return nil })
				return n, err
			})
			r.All = b.streamed(server, c.name, func() (int, error) {
				sessions, err := w.all(ctx)
				return len(sessions), err
			})
			b.report.Streams = append(b.report.Streams, r)
			c.close()
		}
	}
}

func (b *bench) streamed(server *redistest.Server, client string, list func() (int, error)) (s streamed) {
	if _, err := list(); err != nil { // until the connections are there
		b.tb.Fatalf("listing with %s: %v", client, err)
	}
	runtime.GC()
	runtime.GC() // what the first one left in pools
	s.Before = heap()
	var err error
	s.Blocked, err = b.watch(server, func() error {
		ctx, stop := context.WithCancel(b.tb.Context())
		highest := make(chan int64)
		go func() { highest <- watchHeap(ctx) }()
		start := time.Now()
		n, err := list()
		s.Seconds = time.Since(start).Seconds()
		stop()
		s.Growth = <-highest - s.Before
		if err == nil && n < b.cfg.streamed {
			err = errNotFound
		}
		return err
	})
	if err != nil {
		b.tb.Fatalf("listing with %s: %v", client, err)
	}
	return s
}

// watchHeap returns the largest heap until ctx ends.
func watchHeap(ctx context.Context) (highest int64) {
	ticker := time.NewTicker(500 * time.Microsecond)
	defer ticker.Stop()
	for {
		highest = max(highest, heap())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return highest
		}
	}
}

// heap returns the bytes in objects, live or not yet swept.
func heap() int64 {
	sample := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample[:])
	return int64(sample[0].Value.Uint64())
}
