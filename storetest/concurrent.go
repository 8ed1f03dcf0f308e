package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"
)

// These checks make fewer rounds on a slow store, but at least minRounds.
const (
	minRounds   = 3
	maxRounds   = 60
	roundBudget = 300 * time.Millisecond
)

func rounds(f func(round int)) { roundsUpTo(maxRounds, f) }

func roundsUpTo(most int, f func(round int)) {
	start := time.Now()
	for i := 0; i < minRounds || i < most && time.Since(start) < roundBudget; i++ {
		f(i)
	}
}

// In a race the leaders run a number of rounds, and the followers repeat their calls
// until the leaders are done.
type race struct{ leaders atomic.Int64 }

func (r *race) lead(f func(round int)) {
	defer r.leaders.Add(-1) // also when a failure ends the goroutine
	rounds(f)
}

// follow calls f at least once.
func (r *race) follow(f func()) {
	const enough = 5000
	calls := 1
	for f(); r.leaders.Load() > 0; f() {
		// Leave time for the leaders, and do not run in step with them.
		pause := 20 * time.Microsecond
		if calls++; calls > enough {
			pause *= 100 // the leaders are slow
		}
		time.Sleep(rand.N(pause))
	}
}

var concurrentChecks = []check{
	{name: "DistinctTokens", run: concurrentDistinctTokens},
	{name: "OneToken", run: concurrentOneToken},
	{name: "DeleteCommit", revives: true, run: concurrentDeleteCommit},
	{name: "FirstCommit", run: concurrentFirstCommit},
	{name: "AllDuringChanges", needsAll: true, run: concurrentAll},
}

func concurrentDistinctTokens(c *checker) {
	const workers, each = 8, 3
	tokens, long := newTokens(workers*each), c.clock.long()
	data := func(i, version int) []byte {
		return bytes.Repeat(fmt.Appendf(nil, "session %d version %d;", i, version), i+1)
	}
	c.together(workers, fmt.Sprintf("in one of %d goroutines, each with its own tokens", workers), func(w *checker, i int) {
		own := func(f func(i int)) {
			for j := range each {
				f(i*each + j)
			}
		}
		own(func(i int) { w.commit(tokens[i], data(i, 1), long) })
		own(func(i int) { w.wantFound(tokens[i], data(i, 1), long) })
		own(func(i int) { w.commit(tokens[i], data(i, 2), long) })
		w.delete(tokens[i*each])
		own(func(i int) {
			if i%each == 0 {
				w.wantMissing(tokens[i])
			} else {
				w.wantFound(tokens[i], data(i, 2), long)
			}
		})
	})
	c.while = fmt.Sprintf("after %d goroutines, each with its own tokens", workers)
	for i, token := range tokens {
		if i%each == 0 {
			c.wantMissing(token)
		} else {
			c.wantFound(token, data(i, 2), long)
		}
	}
}

func concurrentOneToken(c *checker) {
	const writers, readers = 4, 2
	token, long := newToken(), c.clock.long()
	// Data is long and of different lengths, so that a mix of two values shows.
	data := func(writer, round int) string {
		return strings.Repeat(fmt.Sprintf("%d.%d ", writer, round), 200+10*writer+100*(round%2))
	}
	// parse returns the writer and the round of a value, and whether the value is whole.
	parse := func(b []byte) (writer, round int, ok bool) {
		n, err := fmt.Sscanf(string(b), "%d.%d ", &writer, &round)
		return writer, round, err == nil && n == 2 && string(b) == data(writer, round)
	}
	c.commit(token, []byte(data(0, 0)), long)

	var began, last [writers + 1]atomic.Int64 // the latest round of each writer
	while := fmt.Sprintf("while %d goroutines commit to one token and %d find it", writers, readers)
	var r race
	r.leaders.Store(writers)
	c.together(writers+readers, while, func(w *checker, i int) {
		if i < writers {
			writer := i + 1
			r.lead(func(round int) {
				began[writer].Store(int64(round))
				w.commit(token, []byte(data(writer, round)), long)
				last[writer].Store(int64(round))
			})
			return
		}
		r.follow(func() {
			b, found, err := w.tryFind(token)
			writer, round, whole := parse(b)
			if err != nil || !found || !whole || int64(round) > began[writer].Load() {
				w.failFind(token, b, found, err, "want the whole data of one commit, true, nil")
			}
		})
	})

	c.while = fmt.Sprintf("after %d goroutines have committed to one token", writers)
	b, found, err := c.tryFind(token)
	writer, round, whole := parse(b)
	if err != nil || !found || !whole || writer == 0 || int64(round) != last[writer].Load() {
		c.failFind(token, b, found, err, "want the data of a goroutine's last commit, true, nil")
	}
	c.commit(token, []byte("final"), long)
	c.wantFound(token, []byte("final"), long)
}

func concurrentDeleteCommit(c *checker) {
	token, long := newToken(), c.clock.long()
	rounds(func(int) {
		c.while = ""
		c.commit(token, []byte("old"), long)
		c.together(2, "while one goroutine deletes a session and one commits it", func(w *checker, i int) {
			if i == 0 {
				w.delete(token)
			} else {
				w.commit(token, []byte("newer"), long)
			}
		})
		c.while = "after one goroutine has deleted a session while another committed it"
		c.wantOneOf(token, sessionOf("newer"), noSession)
		c.commit(token, []byte("later"), long)
		c.commit(token, []byte("final"), long)
		c.wantFound(token, []byte("final"), long)
		c.delete(token)
		c.wantMissing(token)
	})
}

func concurrentFirstCommit(c *checker) {
	const committers = 4
	long := c.clock.long()
	rounds(func(int) {
		token := newToken()
		c.together(committers, fmt.Sprintf("in one of %d goroutines that commit a new token", committers), func(w *checker, i int) {
			w.commit(token, fmt.Appendf(nil, "data %d", i), long)
		})
		c.while = fmt.Sprintf("after %d goroutines have committed a new token", committers)
		b, found, err := c.tryFind(token)
		if err != nil || !found || !bytes.HasPrefix(b, []byte("data ")) {
			c.failFind(token, b, found, err, "want the data of one of them, true, nil")
		}
		c.delete(token)
		c.wantMissing(token)
	})
}

func concurrentAll(c *checker) {
	const stable, changers, readers, each = 10, 3, 2, 50
	long, live := c.clock.long(), c.longSessions(stable)
	changing := newTokens(changers * each)
	while := fmt.Sprintf("while %d goroutines commit and delete other sessions", changers)
	var r race
	r.leaders.Store(readers)
	c.together(changers+readers, while, func(w *checker, i int) {
		if i < changers {
			n := 0
			change := func() {
				token := changing[i*each+n/2%each]
				if n%2 == 0 {
					w.commit(token, []byte("changing"), long)
				} else {
					w.delete(token)
				}
				n++
			}
			if r.follow(change); n%2 == 1 {
				change()
			}
			return
		}
		r.lead(func(int) {
			got, err := w.tryAll()
			if err != nil {
				w.failf("%s = %s, %s; want nil", w.allText(), countSessions(got), formatError(err))
				return
			}
			// A changing session may be there or not. If it is there, it has its data.
			want := maps.Clone(live)
			for _, token := range changing {
				if _, ok := got[token]; ok {
					want[token] = []byte("changing")
				}
			}
			w.compareAll(got, want, "")
		})
	})
	c.while = fmt.Sprintf("after %d goroutines have committed and deleted other sessions", changers)
	c.wantAll(live)
}
