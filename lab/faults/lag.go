package main

import (
	"sync"
	"time"
)

// lag is what a busy machine has kept this process from running.
type lag struct {
	mu     sync.Mutex
	stalls []stall
	until  time.Time // stalls before this are known
}

type stall struct{ from, to time.Time }

// watch sleeps a little again and again, and takes note of what is far too long,
// until unwatch is called.
func (l *lag) watch() (unwatch func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		const nap, excess = 10 * time.Millisecond, 50 * time.Millisecond
		for began := time.Now(); ; began = l.until {
			select {
			case <-stop:
				return
			case <-time.After(nap):
			}
			l.mu.Lock()
			l.until = time.Now()
			if due := began.Add(nap); l.until.Sub(due) > excess {
				l.stalls = append(l.stalls, stall{due, l.until})
			}
			l.mu.Unlock()
		}
	}()
	return func() { close(stop); <-stopped }
}

// between returns for how long the process was kept from running between two
// times. It waits until that is known, which somebody has to watch for.
func (l *lag) between(from, to time.Time) (sum time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.until.Before(to) {
		l.mu.Unlock()
		time.Sleep(time.Millisecond)
		l.mu.Lock()
	}
	for _, s := range l.stalls {
		if s.from.Before(from) {
			s.from = from
		}
		if s.to.After(to) {
			s.to = to
		}
		sum += max(s.to.Sub(s.from), 0)
	}
	return sum
}
