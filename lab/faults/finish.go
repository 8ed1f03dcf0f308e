package main

import (
	"context"
	"fmt"
	"time"
)

// serviceBound is how long after the servers agree again everything must work.
const serviceBound = 20 * time.Second

// finish ends the round's sessions, without faults: each is found as it was left,
// deleted, and not found, and must be so within a time. It returns the sessions
// with all that was done with them.
func (l *load) finish(within time.Duration) []*session {
	deadline := time.Now().Add(within)
	defer l.lag.watch()()

	queue := make(chan *session)
	for i := range 8 {
		w := &worker{load: l, number: 100 + i, rand: random(uint64(i), 0), store: l.stores[i%len(l.stores)]}
		l.workers.Go(func() {
			for s := range queue {
				w.insist(deadline, func() error { _, err := w.find(s); return err })
				w.insist(deadline, func() error { return w.delete(s) })
				w.insist(deadline, func() error { _, err := w.find(s); return err })
			}
		})
	}
	for _, s := range l.sessions {
		queue <- s
	}
	close(queue)
	l.workers.Wait()
	for i, store := range l.stores {
		w := &worker{load: l, number: 200 + i, rand: random(uint64(i), 1), store: store}
		w.insist(deadline, func() error { return w.list() })
	}
	return l.sessions
}

// insist makes a call until it is no error.
func (w *worker) insist(deadline time.Time, f func() error) {
	for err := f(); err != nil; err = f() {
		if time.Now().After(deadline) {
			w.report(violation{noService, fmt.Sprintf("    long after all servers agreed: %v\n", err)})
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// warmUp waits until the stores work, with connections to every server.
func (l *load) warmUp(ctx context.Context) error {
	deadline := time.Now().Add(serviceBound)
	for _, store := range l.stores {
		for {
			all, err := store.AllCtx(ctx)
			if err == nil && len(all) >= len(l.steady) {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("list: %d sessions, %w; want the %d committed", len(all), err, len(l.steady))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}
