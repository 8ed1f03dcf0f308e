package main

import (
	"sync/atomic"
	"time"
)

// lag is how long a busy machine has kept this process from running, in total.
type lag struct{ nanoseconds atomic.Int64 }

// watch sleeps a little again and again, and counts what is far too long.
func (l *lag) watch(stop <-chan struct{}) {
	const nap, excess = 10 * time.Millisecond, 50 * time.Millisecond
	for {
		began := time.Now()
		select {
		case <-stop:
			return
		case <-time.After(nap):
		}
		if late := time.Since(began) - nap; late > excess {
			l.nanoseconds.Add(int64(late))
		}
	}
}

func (l *lag) total() time.Duration { return time.Duration(l.nanoseconds.Load()) }
