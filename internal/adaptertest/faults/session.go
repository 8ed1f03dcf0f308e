package faults

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A session is a token, and all that was done with it.
type session struct {
	token  string
	expiry time.Time

	mu     sync.Mutex
	calls  []call
	writes int
}

// The keys of a Cluster's sessions are in few slots, so that those that move are
// in use.
const tags = 24

func newSession(lives time.Duration) *session {
	random := rand.Text()
	return &session{
		token:  fmt.Sprintf("{%d}%s", int(random[0])%tags, random),
		expiry: time.Now().Add(lives).Truncate(time.Millisecond),
	}
}

// nextData returns data that nobody has committed.
func (s *session) nextData() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	return s.data(s.writes)
}

// data names its token, expiry and number. Every other one is long, for a mix of
// two to show.
func (s *session) data(n int) string {
	data := fmt.Sprintf("%s %d %d", s.token, s.expiry.UnixMilli(), n)
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

// full reports whether there have been enough calls, or so many errors that it
// would take long to judge more: each leaves open whether and when it had an
// effect.
func (s *session) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	errors := 0
	for _, c := range s.calls {
		if c.err != nil {
			errors++
		}
	}
	return len(s.calls) >= 80 || errors >= 4
}
