package main

import (
	"crypto/rand"
	"fmt"
	"strconv"
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
	errors int
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

// data returns the next data of the session, which names its token and expiry.
// Every other one is long, for a mix of two to show.
func (s *session) data() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	data := fmt.Sprintf("%s %d %d", s.token, s.expiry.UnixMilli(), s.writes)
	if s.writes%2 == 0 {
		data += strings.Repeat(" "+strconv.Itoa(s.writes), 50)
	}
	return data
}

// read returns the token, the expiry and the number that data names.
func read(data string) (token string, expiry time.Time, number string) {
	fields := strings.Fields(data)
	if len(fields) < 3 {
		return "", time.Time{}, fmt.Sprintf("%.20q", data)
	}
	ms, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Sprintf("%.20q", data)
	}
	return fields[0], time.UnixMilli(ms), fields[2]
}

func number(data string) string {
	_, _, n := read(data)
	return "data " + n
}

func (s *session) add(c call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	if c.err != nil {
		s.errors++
	}
}

// full reports whether there have been enough calls, or so many errors that it
// would take long to judge more: each leaves open whether and when it had an
// effect.
func (s *session) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls) >= 80 || s.errors >= 4
}
