package main

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// script makes calls on one session, in the words of the tests below.
type script struct {
	session *session
	time    int64
}

var errTest = errors.New("i/o timeout")

// The calls follow each other, unless one says that it takes until later.
func (s *script) call(k kind, n int, err error, until int64) {
	c := call{client: len(s.session.calls), kind: k, err: err, begin: s.time + 1, end: s.time + 2, began: time.Now(), ended: time.Now()}
	s.time += 2
	if until > 0 {
		c.end = until
	}
	if n > 0 {
		c.after = register{true, fmt.Sprintf("%s %d %d", s.session.token, s.session.expiry.UnixMilli(), n)}
	}
	s.session.add(c)
}

func (s *script) commit(n int)         { s.call(commit, n, nil, 0) }
func (s *script) delete()              { s.call(del, 0, nil, 0) }
func (s *script) find(n int)           { s.call(find, n, nil, 0) } // 0: not found
func (s *script) failed(k kind, n int) { s.call(k, n, errTest, 0) }

func TestJudge(t *testing.T) {
	// The calls begin at 1, 3, 5 and so on.
	at := func(begin, end int64) *window { return &window{begin, end} }
	for _, test := range []struct {
		name    string
		calls   func(s *script)
		window  *window
		retries bool
		want    string // the rule that is broken, "lost" or "repeated"
	}{
		{"Legal", func(s *script) { s.find(0); s.commit(1); s.find(1); s.delete(); s.find(0) }, nil, false, ""},
		{"FailedCommitLands", func(s *script) { s.commit(1); s.failed(commit, 2); s.find(1); s.find(2) }, nil, false, ""},
		{"FailedCommitNever", func(s *script) { s.commit(1); s.failed(commit, 2); s.find(1) }, nil, false, ""},
		{"FailedDelete", func(s *script) { s.commit(1); s.failed(del, 0); s.find(1); s.find(0) }, nil, false, ""},
		{"FailedDeleteTwice", func(s *script) { s.commit(1); s.failed(del, 0); s.find(0); s.commit(2); s.find(0) }, nil, false, lost},
		{"FailedFind", func(s *script) { s.commit(1); s.failed(find, 0); s.find(1) }, nil, false, ""},

		{"Lost", func(s *script) { s.commit(1); s.find(1); s.find(0) }, nil, false, lost},
		{"NotFound", func(s *script) { s.commit(1); s.find(0); s.find(1) }, nil, false, notFound},
		{"LostNotHidden", func(s *script) { s.commit(1); s.call(commit, 2, nil, 9); s.find(0); s.find(2) }, nil, false, lost},
		{"Deleted", func(s *script) { s.commit(1); s.delete(); s.find(1) }, nil, false, deleted},
		{"Older", func(s *script) { s.commit(1); s.commit(2); s.find(1) }, nil, false, noOrder},
		{"Nobody's", func(s *script) { s.commit(1); s.find(7) }, nil, false, wrongSession},
		{"FromTheFuture", func(s *script) { s.find(1); s.commit(1) }, nil, false, wrongSession},
		{"FoundInError", func(s *script) { s.commit(1); s.failed(find, 1) }, nil, false, foundInError},

		{"LostInWindow", func(s *script) { s.commit(1); s.find(0) }, at(0, 10), true, "lost"},
		{"BackInWindow", func(s *script) { s.commit(1); s.delete(); s.find(1) }, at(4, 10), true, "lost"},
		{"TwoPrimaries", func(s *script) { s.commit(1); s.commit(2); s.find(1); s.find(2); s.find(1) }, at(0, 20), true, "lost"},
		{"FoundLost", func(s *script) { s.commit(1); s.commit(2); s.find(1); s.find(1) }, at(0, 4), true, "lost"},
		{"LostBefore", func(s *script) { s.commit(1); s.find(0) }, at(6, 10), true, lost},
		{"DeletedBefore", func(s *script) { s.commit(1); s.delete(); s.find(1) }, at(8, 10), true, deleted},
		{"LostAfter", func(s *script) { s.commit(1); s.find(1); s.find(0) }, at(0, 2), true, lost},
		{"OlderAfter", func(s *script) { s.commit(1); s.commit(2); s.find(1); s.find(2) }, at(0, 4), true, noOrder},
		{"DeletedAfter", func(s *script) { s.commit(1); s.delete(); s.find(1) }, at(0, 2), true, deleted},
		{"NobodysInWindow", func(s *script) { s.commit(1); s.find(7) }, at(0, 10), true, wrongSession},

		// The first Commit is made, seen, and made again after the second.
		{"Again", func(s *script) { s.call(commit, 1, nil, 20); s.find(1); s.commit(2); s.find(1) }, nil, true, "repeated"},
		{"AgainWithoutRetries", func(s *script) { s.call(commit, 1, nil, 20); s.find(1); s.commit(2); s.find(1) }, nil, false, noOrder},
		{"AgainAfterItsEnd", func(s *script) { s.call(commit, 1, nil, 4); s.find(1); s.commit(2); s.find(1) }, nil, true, noOrder},
		{"DeleteAgain", func(s *script) { s.commit(9); s.call(del, 0, nil, 20); s.find(0); s.commit(2); s.find(0) }, nil, true, "repeated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &script{session: newSession(long)}
			test.calls(s)
			v := judge(s.session, test.window, test.retries, late)
			var got []string
			for _, violation := range v.violations {
				got = append(got, violation.rule)
			}
			if v.lost != nil {
				got = append(got, "lost")
			}
			if v.repeated {
				got = append(got, "repeated")
			}
			var want []string
			if test.want != "" {
				want = append(want, test.want)
			}
			if !slices.Equal(got, want) || v.unknown {
				t.Errorf("judge = %q, %v; want %q\n%v", got, v.unknown, want, v.violations)
			}
		})
	}
}

// TestJudgeExpiry: what is found past its expiry is a violation, and what is not
// found then is none.
func TestJudgeExpiry(t *testing.T) {
	s := &script{session: newSession(-time.Second)}
	s.commit(1)
	s.find(0)
	if v := judge(s.session, nil, false, late); len(v.violations) > 0 {
		t.Errorf("violations of a session that has expired: %v", v.violations)
	}
	s.find(1)
	if v := judge(s.session, &window{0, 100}, true, late); len(v.violations) != 1 || v.violations[0].rule != pastExpiry {
		t.Errorf("violations of an expired session that is found: %v; want %s", v.violations, pastExpiry)
	}
}

// TestShortest: what is shown of many calls is the few that prove it.
func TestShortest(t *testing.T) {
	s := &script{session: newSession(long)}
	for n := range 100 {
		s.commit(n + 1)
		s.find(n + 1)
	}
	s.delete()
	s.find(100)
	v := judge(s.session, nil, false, late)
	const want = "     1 to 2   goroutine 198: Commit(data 100) = <nil>\n" +
		"     3 to 4   goroutine 200: Delete() = <nil>\n" +
		"     5 to 6   goroutine 201: Find() = data 100, true, <nil>\n"
	if len(v.violations) != 1 || v.violations[0] != (violation{deleted, want}) {
		t.Errorf("violations = %v; want %s:\n%s", v.violations, deleted, want)
	}
}
