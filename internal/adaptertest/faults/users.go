package faults

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
)

// A user has a few sessions, which several goroutines use, list and delete.
type user struct {
	*load
	id string

	mu  sync.Mutex
	all []*session // the last few are in use
}

// inUse is how many sessions of a user are in use.
const inUse = 3

func (l *load) newUser() *user {
	u := &user{load: l, id: "user" + rand.Text()}
	for range inUse {
		u.all = append(u.all, l.newSession(u.id, long))
	}
	return u
}

// current returns the sessions that are in use, after new ones have taken the place of
// those that have been used enough.
func (u *user) current() []*session {
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.all[len(u.all)-inUse].full() {
		u.all = append(u.all, u.newSession(u.id, long))
	}
	return slices.Clone(u.all[len(u.all)-inUse:])
}

// since returns sessions and those that have come into use after them.
func (u *user) since(sessions []*session) []*session {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.all[slices.Index(u.all, sessions[0]):])
}

func (u *user) use(w *worker) {
	sessions := u.current()
	switch n := w.rand.IntN(20); {
	case n < 17:
		w.use(sessions[w.rand.IntN(len(sessions))])
	case n < 19:
		w.pause(w.listUser(u.id, sessions))
	default:
		w.pause(w.deleteUser(u, sessions))
	}
}

// seeUserThrough uses, lists and deletes the sessions of a user on one goroutine.
func (w *worker) seeUserThrough() {
	u := w.newUser()
	for _, s := range u.all {
		w.pause(w.commit(s))
	}
	w.pause(w.listUser(u.id, u.all))
	w.pause(w.deleteUser(u, u.all))
	for _, s := range u.all {
		w.pause(w.find(s))
	}
}

// listUser lists the sessions of a user. It counts as a Find of each: a session that is
// not listed could not be found at some moment of the call.
func (w *worker) listUser(id string, sessions []*session) error {
	shown := make(map[string]string)
	begin := w.clock.Add(1)
	began, ended, err := w.timed("UserSessions", w.longer, func() error { return w.userSessions(id, shown) })
	if err != nil {
		return err
	}
	end := w.clock.Add(1)
	for _, s := range sessions {
		data, found := shown[s.token]
		delete(shown, s.token)
		s.add(call{
			client: w.number, kind: find, after: register{found: found, data: data}, byUser: true,
			begin: begin, end: end, began: began, ended: ended,
		})
	}
	for token, data := range shown { // began to be used during the call
		if s := w.session(token); s == nil || s.user != id {
			w.violated(wrongSession, "UserSessions(%q) showed %.40q", id, data)
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

func (w *worker) userSessions(id string, shown map[string]string) error {
	sessions, err := w.store.UserSessions(context.Background(), id)
	if err != nil && sessions != nil {
		w.violated(foundInError, "UserSessions = %d sessions, %v", len(sessions), err)
	}
	for token, b := range sessions {
		shown[token] = string(b)
	}
	return err
}

// errMaybe is the error of a Delete that may have happened or not.
var errMaybe = errors.New("it may have been deleted")

// deleteUser deletes the sessions of a user. It counts as a Delete of each that could be
// found when it began, and perhaps of the others.
func (w *worker) deleteUser(u *user, sessions []*session) error {
	begin := w.clock.Add(1)
	began, ended, err := w.timed("DeleteUserSessions", w.longer, func() error {
		_, err := w.store.DeleteUserSessions(context.Background(), u.id)
		return err
	})
	end := w.clock.Add(1)
	for _, s := range u.since(sessions) {
		c := call{
			client: w.number, kind: del, after: register{gone: true}, byUser: true, err: err,
			begin: begin, end: end, began: began, ended: ended,
		}
		if err == nil && !s.committed(begin) {
			c.err = errMaybe
		}
		s.add(c)
	}
	return err
}

// listSteady lists the sessions of a user that live throughout.
func (w *worker) listSteady() error {
	for id, steady := range w.users {
		shown := make(map[string]string)
		return w.listed("UserSessions", steady, shown, func() error { return w.userSessions(id, shown) })
	}
	return nil
}
