package faults

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// script makes calls on one session, in the words of the tests below.
type script struct {
	*session
	time int
}

func newScript() *script { return &script{session: newSession(anybody, long)} }

func at(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

// The calls follow each other, except one that lasts until a later time.
func (s *script) call(k kind, n int, err error, until int) {
	s.time += 2
	c := call{client: len(s.calls), kind: k, err: err, began: at(s.time - 1), ended: at(max(s.time, until))}
	if n > 0 {
		c.after = register{found: true, data: s.data(n)}
	}
	s.add(c)
}

func (s *script) commit(n int)         { s.call(commit, n, nil, 0) }
func (s *script) delete()              { s.call(del, 0, nil, 0) }
func (s *script) end()                 { s.delete(); s.calls[len(s.calls)-1].after.gone = true } // deletes for good
func (s *script) find(n int)           { s.call(find, n, nil, 0) }                               // 0: not found
func (s *script) byUser()              { s.calls[len(s.calls)-1].byUser = true }                 // the last call
func (s *script) failed(k kind, n int) { s.call(k, n, errors.New("i/o timeout"), 0) }

// expired makes the session one that expired this long ago, took the last call one that
// took this long.
func (s *script) expired(ago time.Duration) { s.expiry = epoch.Add(-ago) }
func (s *script) took(d time.Duration) {
	c := &s.calls[len(s.calls)-1]
	c.began = c.ended.Add(-d)
}

// Judgements that are no broken rules.
const (
	byDesign = "lost by design"
	twice    = "changed twice"
)

func TestJudge(t *testing.T) {
	none := allowed{late: late, landed: epoch.Add(time.Minute)}
	resends := allowed{late: late, resends: true}
	// The calls begin at 1, 3, 5 and so on.
	replaced := func(begin, end int) allowed {
		return allowed{late: late, resends: true, window: &window{at(begin), at(end)}}
	}
	for _, test := range []struct {
		name    string
		calls   func(s *script)
		allowed allowed
		want    string // empty: nothing
	}{
		{"Legal", func(s *script) { s.find(0); s.commit(1); s.find(1); s.delete(); s.find(0) }, none, ""},
		{"FailedCommitLands", func(s *script) { s.commit(1); s.failed(commit, 2); s.find(1); s.find(2) }, none, ""},
		{"FailedCommitNever", func(s *script) { s.commit(1); s.failed(commit, 2); s.find(1) }, none, ""},
		{"FailedDelete", func(s *script) { s.commit(1); s.failed(del, 0); s.find(1); s.find(0) }, none, ""},
		{"FailedDeleteTwice", func(s *script) { s.commit(1); s.failed(del, 0); s.find(0); s.commit(2); s.find(0) }, none, noOrder},
		{"FailedFind", func(s *script) { s.commit(1); s.failed(find, 0); s.find(1) }, none, ""},
		{"CommitDuringDelete", func(s *script) { s.call(commit, 1, nil, 9); s.delete(); s.find(1) }, none, ""},

		{"Lost", func(s *script) { s.commit(1); s.find(1); s.find(0) }, none, noOrder},
		{"NotFound", func(s *script) { s.commit(1); s.find(0); s.find(1) }, none, noOrder},
		{"LostNotHidden", func(s *script) { s.commit(1); s.call(commit, 2, nil, 9); s.find(0); s.find(2) }, none, noOrder},
		{"Deleted", func(s *script) { s.commit(1); s.delete(); s.find(1) }, none, noOrder},
		{"Older", func(s *script) { s.commit(1); s.commit(2); s.find(1) }, none, noOrder},
		{"Nobody's", func(s *script) { s.commit(1); s.find(7) }, none, wrongSession},
		{"FromTheFuture", func(s *script) { s.find(1); s.commit(1) }, none, wrongSession},
		{"FoundInError", func(s *script) { s.commit(1); s.failed(find, 1) }, none, foundInError},

		{"LostInWindow", func(s *script) { s.commit(1); s.find(0) }, replaced(0, 10), byDesign},
		{"BackInWindow", func(s *script) { s.commit(1); s.delete(); s.find(1) }, replaced(4, 10), byDesign},
		{"TwoPrimaries", func(s *script) { s.commit(1); s.commit(2); s.find(1); s.find(2); s.find(1) }, replaced(0, 20), byDesign},
		{"FoundLost", func(s *script) { s.commit(1); s.commit(2); s.find(1); s.find(1) }, replaced(0, 4), byDesign},
		{"LostBefore", func(s *script) { s.commit(1); s.find(0) }, replaced(6, 10), noOrder},
		{"DeletedBefore", func(s *script) { s.commit(1); s.delete(); s.find(1) }, replaced(8, 10), noOrder},
		{"LostAfter", func(s *script) { s.commit(1); s.find(1); s.find(0) }, replaced(0, 2), noOrder},
		{"OlderAfter", func(s *script) { s.commit(1); s.commit(2); s.find(1); s.find(2) }, replaced(0, 4), noOrder},
		{"DeletedAfter", func(s *script) { s.commit(1); s.delete(); s.find(1) }, replaced(0, 2), noOrder},
		{"NobodysInWindow", func(s *script) { s.commit(1); s.find(7) }, replaced(0, 10), wrongSession},

		{"Final", func(s *script) {
			s.commit(1)
			s.end()
			s.commit(2)
			s.find(0)
			s.commit(3)
			s.find(0)
		}, none, ""},
		{"NotFinal", func(s *script) { s.commit(1); s.end(); s.commit(2); s.find(2) }, none, noOrder},
		{"FinalDuringCommit", func(s *script) { s.call(commit, 1, nil, 9); s.end(); s.find(1) }, none, noOrder},
		{"FinalAgain", func(s *script) { s.call(commit, 1, nil, 20); s.find(1); s.end(); s.find(1) }, resends, noOrder},
		{"NotOfUser", func(s *script) { s.commit(1); s.find(0); s.byUser(); s.find(1) }, none, noOrder},
		{"NotOfUserInWindow", func(s *script) { s.commit(1); s.find(1); s.find(0); s.byUser(); s.find(1) }, replaced(0, 2), ""},
		{"UserNotDeletedInWindow", func(s *script) { s.commit(1); s.find(1); s.end(); s.byUser(); s.find(1) }, replaced(0, 2), ""},
		{"NotDeletedInWindow", func(s *script) { s.commit(1); s.find(1); s.end(); s.find(1) }, replaced(0, 2), noOrder},

		// The first Commit is made, seen, and made again after the second.
		{"Again", func(s *script) { s.call(commit, 1, nil, 20); s.find(1); s.commit(2); s.find(1) }, resends, twice},
		{"AgainWithoutResends", func(s *script) { s.call(commit, 1, nil, 20); s.find(1); s.commit(2); s.find(1) }, none, noOrder},
		{"AgainAfterItsEnd", func(s *script) { s.call(commit, 1, nil, 4); s.find(1); s.commit(2); s.find(1) }, resends, noOrder},
		{"DeleteAgain", func(s *script) { s.commit(9); s.call(del, 0, nil, 20); s.find(0); s.commit(2); s.find(0) }, resends, twice},

		// A session may be found past its expiry if its Commit was on the way for that long.
		{"NotFoundPastExpiry", func(s *script) { s.expired(time.Second); s.commit(1); s.find(0) }, none, ""},
		{"FoundPastExpiry", func(s *script) { s.expired(time.Second); s.commit(1); s.find(1) }, none, pastExpiry},
		{"ListedPastExpiry", func(s *script) { s.expired(time.Second); s.commit(1); s.call(list, 1, nil, 0) }, none, pastExpiry},
		{"SlowCommit", func(s *script) { s.expired(time.Second); s.commit(1); s.took(2 * time.Second); s.find(1) }, none, ""},
		{"FailedCommitLanded", func(s *script) { s.expired(time.Second); s.failed(commit, 1); s.find(1) }, none, ""},
		{"FailedCommitPastExpiry", func(s *script) { s.expired(time.Hour); s.failed(commit, 1); s.find(1) }, none, pastExpiry},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScript()
			test.calls(s)
			r := newReport(silent{t})
			r.judge(s.session, test.allowed)
			got := slices.Sorted(maps.Keys(r.Violations))
			if r.Lost > 0 {
				got = append(got, byDesign)
			}
			if r.Twice > 0 {
				got = append(got, twice)
			}
			if strings.Join(got, ", ") != test.want {
				t.Errorf("judged %q; want %q", got, test.want)
			}
		})
	}
}

// TestGiveaway: the report of many calls ends with the call that has no place.
func TestGiveaway(t *testing.T) {
	s := newScript()
	for n := range 100 {
		s.commit(n + 1)
		s.find(n + 1)
	}
	s.delete()
	s.find(100)
	s.find(0)
	known := newHistory(s.calls).giveaway(nothing)
	const want = "396ms to 397ms  goroutine 198: Commit(data 100) = <nil>\n" +
		"398ms to 399ms  goroutine 199: Find() = data 100, true, <nil>\n" +
		"400ms to 401ms  goroutine 200: Delete(data 0) = <nil>\n" +
		"402ms to 403ms  goroutine 201: Find() = data 100, true, <nil>"
	if got := known.account(); !strings.HasSuffix(got, want) {
		t.Errorf("account = %s\nwant %s\nat the end", got, want)
	}
}
