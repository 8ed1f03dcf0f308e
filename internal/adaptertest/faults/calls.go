package faults

import (
	"context"
	"sync/atomic"
	"time"
)

// use makes a call of any kind.
func (w *worker) use(s *session) {
	switch n := w.rand.IntN(10); {
	case n < 5:
		w.pause(w.find(s))
	case n < 8:
		w.pause(w.commit(s))
	default:
		w.pause(w.delete(s))
	}
}

func (w *worker) find(s *session) error {
	return w.call(s, find, func() (register, error) { return w.findEither(s.token) })
}

// findEither calls one of the two methods.
func (w *worker) findEither(token string) (register, error) {
	f := w.store.Find
	if w.rand.IntN(2) == 0 {
		f = func(token string) ([]byte, bool, error) { return w.store.FindCtx(context.Background(), token) }
	}
	b, found, err := f(token)
	return register{found: found || err != nil && b != nil, data: string(b)}, err
}

func (w *worker) commit(s *session) error {
	data := s.nextData()
	return w.call(s, commit, func() (register, error) {
		return register{found: true, data: data}, w.store.CommitCtx(context.Background(), s.token, []byte(data), s.expiry)
	})
}

func (w *worker) delete(s *session) error {
	return w.call(s, del, func() (register, error) {
		return register{gone: w.final}, w.store.DeleteCtx(context.Background(), s.token)
	})
}

// call makes a call on a session and records it.
func (w *worker) call(s *session, k kind, f func() (register, error)) error {
	c := call{client: w.number, kind: k, begin: w.clock.Add(1)}
	bound := w.bound
	if w.final {
		bound = w.longer // a Commit may be two round trips
	}
	c.began, c.ended, c.err = w.timed(string(k), bound, func() (err error) {
		c.after, err = f()
		return err
	})
	c.end = w.clock.Add(1)
	s.add(c)
	return c.err
}

// findSteady finds a session that lives throughout.
func (w *worker) findSteady() {
	token := w.tokens[w.rand.IntN(len(w.tokens))]
	c := call{kind: find}
	_, _, c.err = w.timed("Find", w.bound, func() (err error) {
		c.after, err = w.findEither(token)
		return err
	})
	switch {
	case c.err != nil && c.after.found:
		w.violated(foundInError, "%v", c)
	case c.err == nil && !c.after.found:
		w.violated(lost, "%v of a session that lives throughout", c)
	case c.err == nil && c.after.data != w.steady[token]:
		w.violated(wrongSession, "Find(%q) = %.40q", token, c.after.data)
	}
	w.pause(c.err)
}

// list lists all sessions, with All and with Each.
func (w *worker) list() error {
	all := make(map[string]string)
	err := w.listed("All", w.steady, all, func() error {
		sessions, err := w.store.AllCtx(context.Background())
		if err != nil && sessions != nil {
			w.violated(foundInError, "All = %d sessions, %v", len(sessions), err)
		}
		for token, b := range sessions {
			all[token] = string(b)
		}
		return err
	})
	w.pause(err)
	if err != nil {
		return err
	}
	each := make(map[string]string)
	return w.listed("Each", w.steady, each, func() error {
		return w.store.Each(context.Background(), func(token string, b []byte) error {
			each[token] = string(b)
			return nil
		})
	})
}

// listed makes a call that lists sessions into all. It has to show each of the steady
// ones, or fail. A session that it shows past its expiry is judged with that session's
// calls.
func (w *worker) listed(name string, steady, all map[string]string, f func() error) error {
	began, ended, err := w.timed(name, w.longer, f)
	missing := 0
	for token, data := range steady {
		if all[token] != data {
			missing++
		}
	}
	if err == nil && missing > 0 {
		w.violated(part, "%s showed %d sessions without %d of the %d that live throughout, and no error", name, len(all), missing, len(steady))
	}
	for token, data := range all {
		if w.steady[token] != "" {
			continue
		}
		c := call{client: w.number, kind: list, after: register{found: true, data: data}, began: began, ended: ended}
		named, expiry, _ := read(data)
		if named != token {
			w.violated(wrongSession, "%s showed a session with data of %.40q", name, named)
		} else if s := w.session(token); s != nil && began.After(expiry) {
			s.add(c)
		} else if began.After(expiry) {
			w.violated(pastExpiry, "%v, of an earlier round", c)
		}
	}
	return err
}

// timed makes a call, which has to end within the bound. The time for which the machine
// kept this process from running does not count.
func (w *worker) timed(name string, bound time.Duration, f func() error) (began, ended time.Time, err error) {
	lag := w.lag.Load()
	began = time.Now()
	err = f()
	ended = time.Now()
	took := ended.Sub(began)
	if took > bound {
		time.Sleep(10 * nap) // until watchLag has added all of it
		if took -= time.Duration(w.lag.Load() - lag); took > bound {
			w.violated(overBound, "%s took %v, want at most %v: %v", name, took, bound, err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Calls++
	if err != nil {
		w.Errors++
	}
	w.Longest = max(w.Longest, took)
	return began, ended, err
}

const nap = 10 * time.Millisecond

// watchLag sleeps a little again and again, until unwatch is called. If a sleep is far
// too long, it adds the excess to sum.
func watchLag(sum *atomic.Int64) (unwatch func()) {
	stop := make(chan struct{})
	go func() {
		for {
			began := time.Now()
			select {
			case <-stop:
				return
			case <-time.After(nap):
			}
			if late := time.Since(began) - nap; late > 5*nap {
				sum.Add(int64(late))
			}
		}
	}()
	return func() { close(stop) }
}
