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
func read(data string) (token string, expiry time.Time, number int) {
	var ms int64
	if _, err := fmt.Sscan(data, &token, &ms, &number); err != nil {
		return "", time.Time{}, 0
	}
	return token, time.UnixMilli(ms), number
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
	failed, afterEnd := 0, 0
	for _, c := range s.calls {
		if c.err != nil {
			failed++
		} else if afterEnd > 0 || c.after.gone {
			afterEnd++
		}
	}
	return len(s.calls) >= 80 || failed >= 4 || afterEnd >= 20
}

// committed reports whether a Commit had been acknowledged by then.
func (s *session) committed(by int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.calls, func(c call) bool { return c.kind == commit && c.err == nil && c.end < by })
}

// UserKey and Codec are the options of the store that has an index of users.
const UserKey = "user"

// Codec reads the user out of a session's data.
type Codec struct{}

// Encode is not used.
func (Codec) Encode(time.Time, map[string]any) ([]byte, error) { return nil, errors.ErrUnsupported }

// Decode returns the user that the data names.
func (Codec) Decode(b []byte) (time.Time, map[string]any, error) {
	fields := strings.Fields(string(b))
	if len(fields) < 4 {
		return time.Time{}, nil, errors.New("this is not the data of a session")
	}
	return time.Time{}, map[string]any{UserKey: fields[3]}, nil
}
