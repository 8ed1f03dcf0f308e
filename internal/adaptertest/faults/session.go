package faults

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scsredis/stores/internal/redissession"
)

// A session is a token, and all calls on it.
type session struct {
	token  string
	user   string
	expiry time.Time

	mu     sync.Mutex
	calls  []call
	writes int
}

// anybody is the user of sessions that are used one at a time.
const anybody = "anybody"

// slots are those of a Cluster's sessions. They are few on each primary, so that slots
// that move are in use.
var slots = func() (slots []int) {
	for slot := 0; slot < 16384; slot += 700 {
		slots = append(slots, slot)
	}
	return slots
}()

func newSession(user string, lives time.Duration) *session {
	random, token := rand.Text(), ""
	for n := 0; token == "" || !slices.Contains(slots, redissession.Slot(redissession.DefaultPrefix+token)); n++ {
		token = fmt.Sprint(random, "-", n)
	}
	return &session{token: token, user: user, expiry: time.Now().Add(lives).Truncate(time.Millisecond)}
}

// nextData returns data that nobody has committed.
func (s *session) nextData() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	return s.data(s.writes)
}

// data names its token, expiry, number and user. Every second one is long, so that a mix
// of two shows.
func (s *session) data(n int) string {
	data := fmt.Sprintf("%s %d %d %s", s.token, s.expiry.UnixMilli(), n, s.user)
	return data + strings.Repeat(fmt.Sprint(" ", n), 50*(n%2))
}

// read returns what data names, and an empty token if it is no session's data.
func read(data string) (token string, expiry time.Time, number int, user string) {
	var ms int64
	if _, err := fmt.Sscan(data, &token, &ms, &number, &user); err != nil {
		return "", time.Time{}, 0, ""
	}
	return token, time.UnixMilli(ms), number, user
}

func (s *session) add(c call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
}

// full reports whether there have been enough calls, also after the session has been
// deleted for good, or so many errors that it would take long to judge more: a failed
// call may have had an effect at any time, or none.
func (s *session) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed, ended := 0, 0
	for _, c := range s.calls {
		if c.err != nil {
			failed++
		} else if c.after.gone {
			ended++
		}
	}
	return len(s.calls) >= 80 || failed >= 4 || ended >= 5
}

// committed reports whether a Commit had been acknowledged by then.
func (s *session) committed(by time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.calls, func(c call) bool { return c.kind == commit && c.err == nil && c.ended.Before(by) })
}

// A group is the sessions of a user that some goroutines use at the same time.
type group struct {
	*load
	user string

	mu    sync.Mutex
	inUse []*session
}

func (l *load) newGroup(user string, sessions int) *group {
	g := &group{load: l, user: user}
	for range sessions {
		g.inUse = append(g.inUse, l.newSession(user, long))
	}
	return g
}

func (l *load) newUser() *group { return l.newGroup("user"+rand.Text(), 3) }

// current returns the sessions that are in use, after new ones have taken the place of
// those that have been used enough.
func (g *group) current() []*session {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, s := range g.inUse {
		if s.full() {
			g.inUse[i] = g.newSession(g.user, long)
		}
	}
	return slices.Clone(g.inUse)
}

// UserKey and Codec are the options of the store that has an index of users.
const UserKey = "user"

// Codec reads the user out of a session's data.
type Codec struct{}

// Encode is not used.
func (Codec) Encode(time.Time, map[string]any) ([]byte, error) { return nil, errors.ErrUnsupported }

// Decode returns the user that the data names.
func (Codec) Decode(b []byte) (time.Time, map[string]any, error) {
	token, expiry, _, user := read(string(b))
	if token == "" {
		return time.Time{}, nil, errors.New("this is not the data of a session")
	}
	return expiry, map[string]any{UserKey: user}, nil
}
