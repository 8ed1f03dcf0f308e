package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A contest is calls that are measured side by side: in each round a slice of
// every one, in an order that turns around from round to round, so that whatever
// else the machine does hits all alike.
type contest struct {
	goroutines int
	rounds     int
	length     time.Duration         // of a slice, about
	most       int                   // calls in a slice
	prepare    func(calls int) error // before each slice; nil: nothing
	entries    []*entry
}

// samples is the number of samples that rounds are gathered in, for benchstat.
const samples = 6

// An entry is one of the calls, and what came of it.
type entry struct {
	name string
	call func(ctx context.Context, i int) error

	times   []float64        // nanoseconds per call, by round
	latency [samples][]int32 // nanoseconds of each call
	mallocs []float64        // per call, by round
	bytes   []float64
}

// run runs the contest. The calls get a context that can be cancelled, as that
// of a request can, and numbers from zero.
func (c *contest) run(ctx context.Context) error {
	calls, err := c.calibrate(ctx)
	if err != nil {
		return err
	}
	latency := make([]int32, calls)
	for _, e := range c.entries { // until all connections are there
		if err := c.prepared(calls); err != nil {
			return err
		}
		if _, err := c.slice(ctx, e, latency); err != nil {
			return err
		}
	}
	runtime.GC()
	for round := range c.rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range c.entries {
			e := c.entries[i]
			if round%2 == 1 {
				e = c.entries[len(c.entries)-1-i]
			}
			if err := c.prepared(calls); err != nil {
				return err
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			took, err := c.slice(ctx, e, latency)
			if err != nil {
				return err
			}
			runtime.ReadMemStats(&after)
			n := float64(calls)
			e.times = append(e.times, float64(took.Nanoseconds())/n)
			e.mallocs = append(e.mallocs, float64(after.Mallocs-before.Mallocs)/n)
			e.bytes = append(e.bytes, float64(after.TotalAlloc-before.TotalAlloc)/n)
			e.latency[round%samples] = append(e.latency[round%samples], latency...)
		}
	}
	return nil
}

func (c *contest) prepared(calls int) error {
	if c.prepare == nil {
		return nil
	}
	return c.prepare(calls)
}

// calibrate returns how many calls of the first entry make a slice.
func (c *contest) calibrate(ctx context.Context) (int, error) {
	calls := min(4*c.goroutines, c.most)
	for {
		if err := c.prepared(calls); err != nil {
			return 0, err
		}
		took, err := c.slice(ctx, c.entries[0], make([]int32, calls))
		if err != nil {
			return 0, err
		}
		if took >= c.length/2 || calls == c.most {
			fit := int(float64(calls) * float64(c.length) / float64(took))
			return min(max(fit, 4*c.goroutines), c.most), nil
		}
		calls = min(2*calls, c.most)
	}
}

// slice makes one call for each element of latency, from the contest's number of
// goroutines, and puts into it how long they took.
func (c *contest) slice(ctx context.Context, e *entry, latency []int32) (time.Duration, error) {
	var (
		next  atomic.Int64
		ready = make(chan struct{})
		wg    sync.WaitGroup
		errs  = make([]error, c.goroutines)
	)
	work := func(err *error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for {
			i := int(next.Add(1)) - 1
			if i >= len(latency) {
				return
			}
			start := time.Now()
			if *err = e.call(ctx, i); *err != nil {
				return
			}
			latency[i] = int32(min(time.Since(start), 1<<31-1))
		}
	}
	if c.goroutines == 1 {
		start := time.Now()
		work(&errs[0])
		return time.Since(start), errs[0]
	}
	for g := range c.goroutines {
		wg.Go(func() {
			<-ready
			work(&errs[g])
		})
	}
	start := time.Now()
	close(ready)
	wg.Wait()
	return time.Since(start), errors.Join(errs...)
}
