package faults

import (
	"context"
	"errors"
	"time"
)

func (w *worker) find(s *session) error {
	return w.call(s, find, func() (register, error) { return w.findToken(s.token) })
}

func (w *worker) findToken(token string) (register, error) {
	b, found, err := w.store.FindCtx(context.Background(), token)
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
	c, bound := call{kind: k}, w.bound
	if w.final {
		bound = w.longer // a Commit may be two round trips
	}
	w.timed(&c, string(k), bound, func() (err error) {
		c.after, err = f()
		return err
	})
	s.add(c)
	return c.err
}

// findSteady finds a session that lives throughout.
func (w *worker) findSteady() {
	for token, data := range w.steady {
		c := call{kind: find}
		w.timed(&c, "Find", w.bound, func() (err error) {
			c.after, err = w.findToken(token)
			return err
		})
		switch {
		case c.err != nil && c.after.found:
			w.violated(foundInError, "%v", c)
		case c.err == nil && !c.after.found:
			w.violated(lost, "%v of a session that lives throughout", c)
		case c.err == nil && c.after.data != data:
			w.violated(wrongSession, "Find(%q) = %.40q", token, c.after.data)
		}
		return // one is enough: a map begins anywhere
	}
}

// list lists all sessions, with All and with Each.
func (w *worker) list() error {
	err := w.listed("All", w.steady, func() (map[string][]byte, error) { return w.store.AllCtx(context.Background()) })
	if err != nil {
		return err
	}
	return w.listed("Each", w.steady, func() (map[string][]byte, error) {
		all := make(map[string][]byte)
		err := w.store.Each(context.Background(), func(token string, b []byte) error {
			all[token] = b
			return nil
		})
		return all, err
	})
}

// listSteady lists the sessions of a user that live throughout.
func (w *worker) listSteady() error {
	for user, steady := range w.users {
		return w.listed("UserSessions", steady, w.ofUser(user))
	}
	return nil
}

func (w *worker) ofUser(user string) func() (map[string][]byte, error) {
	return func() (map[string][]byte, error) { return w.store.UserSessions(context.Background(), user) }
}

// listed makes a call that lists sessions. It has to show each of the steady ones, or
// fail. A session that it shows past its expiry is judged with that session's calls.
func (w *worker) listed(name string, steady map[string]string, f func() (map[string][]byte, error)) error {
	c := call{kind: list}
	all := w.shown(&c, name, f)
	missing := 0
	for token, data := range steady {
		if all[token] != data {
			missing++
		}
	}
	if c.err == nil && missing > 0 {
		w.violated(part, "%s showed %d sessions without %d of the %d that live throughout, and no error", name, len(all), missing, len(steady))
	}
	for token, data := range all {
		if w.steady[token] != "" {
			continue
		}
		shown := c
		shown.after, shown.err = register{found: true, data: data}, nil
		named, expiry, _, _ := read(data)
		if named != token {
			w.violated(wrongSession, "%s showed a session with data of %.40q", name, named)
		} else if s := w.session(token); s != nil && c.began.After(expiry) {
			s.add(shown)
		} else if c.began.After(expiry) {
			w.violated(pastExpiry, "%v, of an earlier round", shown)
		}
	}
	return c.err
}

// shown makes a call that lists sessions, and returns them. Only Each may show some and
// then fail.
func (w *worker) shown(c *call, name string, f func() (map[string][]byte, error)) map[string]string {
	all := make(map[string]string)
	w.timed(c, name, w.longer, func() error {
		sessions, err := f()
		if err != nil && sessions != nil && name != "Each" {
			w.violated(foundInError, "%s = %d sessions, %v", name, len(sessions), err)
		}
		for token, b := range sessions {
			all[token] = string(b)
		}
		return err
	})
	return all
}

// listUser lists the sessions of a user. It counts as a Find of each: a session that is
// not listed could not be found at some moment of the call.
func (w *worker) listUser(user string, sessions []*session) error {
	c := call{kind: find, byUser: true}
	shown := w.shown(&c, "UserSessions", w.ofUser(user))
	if c.err != nil {
		return c.err
	}
	for _, s := range sessions {
		c.after.data, c.after.found = shown[s.token]
		delete(shown, s.token)
		s.add(c)
	}
	for token, data := range shown { // began to be used during the call
		if s := w.session(token); s == nil || s.user != user {
			w.violated(wrongSession, "UserSessions(%q) showed %.40q", user, data)
		}
	}
	return nil
}

// findByUser looks for a session among those of its user.
func (w *worker) findByUser(s *session) error {
	if s.user == anybody {
		return nil
	}
	return w.listUser(s.user, []*session{s})
}

// errMaybe is the error of a Delete that may have happened or not.
var errMaybe = errors.New("it may have been deleted")

// deleteUser deletes the sessions of a user. It counts as a Delete of each that could be
// found when it began, and perhaps of the others.
func (w *worker) deleteUser(user string) {
	c := call{kind: del, after: register{gone: true}, byUser: true}
	w.timed(&c, "DeleteUserSessions", w.longer, func() error {
		_, err := w.store.DeleteUserSessions(context.Background(), user)
		return err
	})
	for _, s := range w.sessionsOf(user) {
		deleted := c
		if c.err == nil && !s.committed(c.began) {
			deleted.err = errMaybe
		}
		s.add(deleted)
	}
}

// timed makes a call, which has to end within the bound, and notes when it was made. The
// time for which the machine kept this process from running does not count.
func (w *worker) timed(c *call, name string, bound time.Duration, f func() error) {
	w.pause()
	lag := w.lag.Load()
	c.client, c.began = w.number, time.Now()
	c.err = f()
	c.ended = time.Now()
	w.failed = c.err != nil
	took := c.ended.Sub(c.began)
	if took > bound {
		time.Sleep(10 * nap) // until watchLag has added all of it
		if took -= time.Duration(w.lag.Load() - lag); took > bound {
			w.violated(overBound, "%s took %v, want at most %v: %v", name, took, bound, c.err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Calls++
	if w.failed {
		w.Errors++
	}
	w.Longest = max(w.Longest, took)
}

// pause waits as a user does between requests.
func (w *worker) pause() {
	d := time.Millisecond
	if w.failed {
		d = 20 * time.Millisecond
	}
	select {
	case <-w.ctx.Done():
	case <-time.After(d):
	}
}

const nap = 10 * time.Millisecond

// watchLag sleeps a little again and again, until ctx ends. If a sleep is far too long, it
// adds the excess to lag.
func (l *load) watchLag(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		time.Sleep(nap)
		if late := time.Since(began) - nap; late > 5*nap {
			l.lag.Add(int64(late))
		}
	}
}
