package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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
	want := make([]map[string]string, workers) // by worker
	data := func(worker, i, version int) string {
		return strings.Repeat(fmt.Sprintf("session %d.%d version %d;", worker, i, version), 3*worker+i+1)
	}
	gone := newTokens(workers)
	c.together(workers, fmt.Sprintf("in one of %d goroutines, each with its own tokens", workers), func(w *checker, worker int) {
		tokens, own := append(newTokens(each-1), gone[worker]), make(map[string]string)
		want[worker] = own
		for version := range 2 {
			for i, token := range tokens {
				own[token] = data(worker, i, version)
				w.commit(token, own[token])
			}
			w.wantEach(own)
		}
		w.delete(gone[worker])
		delete(own, gone[worker])
		w.wantMissing(gone[worker])
		w.wantEach(own)
	})
	c.while = fmt.Sprintf("after %d goroutines, each with its own tokens", workers)
	for worker, own := range want {
		c.wantMissing(gone[worker])
		c.wantEach(own)
	}
}

func concurrentOneToken(c *checker) {
	const writers, readers = 4, 2
	var began sync.Map // the data of every Commit that has begun
	last := make([]string, writers)
	// Data is long and of different lengths, so that a mix of two values shows.
	commit := func(w *checker, token string, writer, round int) {
		last[writer] = strings.Repeat(fmt.Sprintf("%d.%d ", writer, round), 200+10*writer+100*(round%2))
		began.Store(last[writer], true)
		w.commit(token, last[writer])
	}
	token := newToken()
	commit(c, token, 0, -1)
	var r race
	r.leaders.Store(writers)
	while := fmt.Sprintf("while %d goroutines commit to one token and %d find it", writers, readers)
	c.together(writers+readers, while, func(w *checker, i int) {
		if i < writers {
			r.lead(func(round int) { commit(w, token, i, round) })
			return
		}
		r.follow(func() {
			found := w.tryFind(token)
			if _, whole := began.Load(string(found.data)); found.err != nil || !found.found || !whole {
				w.failFind(token, found, "the whole data of one commit, true, nil")
			}
		})
	})

	c.while = fmt.Sprintf("after %d goroutines have committed to one token", writers)
	found := c.tryFind(token)
	if found.err != nil || !found.found || !slices.Contains(last, string(found.data)) {
		c.failFind(token, found, "the data of a goroutine's last commit, true, nil")
	}
	c.commit(token, "final")
	c.wantFound(token, "final")
}

func concurrentDeleteCommit(c *checker) {
	token := newToken()
	rounds(func(int) {
		c.while = ""
		c.commit(token, "old")
		c.together(2, "while one goroutine deletes a session and one commits it", func(w *checker, i int) {
			if i == 0 {
				w.delete(token)
			} else {
				w.commit(token, "newer")
			}
		})
		c.while = "after one goroutine has deleted a session while another committed it"
		c.wantOneOf(token, sessionOf("newer"), noSession)
		c.commit(token, "later")
		c.commit(token, "final")
		c.wantFound(token, "final")
		c.delete(token)
		c.wantMissing(token)
	})
}

func concurrentFirstCommit(c *checker) {
	const committers = 4
	rounds(func(int) {
		token := newToken()
		c.together(committers, fmt.Sprintf("in one of %d goroutines that commit a new token", committers), func(w *checker, i int) {
			w.commit(token, fmt.Sprintf("data %d", i))
		})
		c.while = fmt.Sprintf("after %d goroutines have committed a new token", committers)
		r := c.tryFind(token)
		if r.err != nil || !r.found || !bytes.HasPrefix(r.data, []byte("data ")) {
			c.failFind(token, r, "the data of one of them, true, nil")
		}
		c.delete(token)
		c.wantMissing(token)
	})
}

func concurrentAll(c *checker) {
	const stable, changers, readers, each = 10, 3, 2, 50
	live, changing := c.sessions(newTokens(stable)...), newTokens(changers*each)
	var r race
	r.leaders.Store(readers)
	while := fmt.Sprintf("while %d goroutines commit and delete other sessions", changers)
	c.together(changers+readers, while, func(w *checker, i int) {
		if i < changers {
			own, n := changing[i*each:(i+1)*each], 0
			r.follow(func() {
				w.delete(own[n%each])
				n++
				w.commit(own[n%each], "changing")
			})
			w.delete(own[n%each])
			return
		}
		r.lead(func(int) {
			// A changing session may be there or not. If it is there, it has its data.
			all, want := w.tryAll(), maps.Clone(live)
			for _, token := range changing {
				if _, ok := all.sessions[token]; ok {
					want[token] = "changing"
				}
			}
			w.judgeAll(all, want)
		})
	})
	c.while = fmt.Sprintf("after %d goroutines have committed and deleted other sessions", changers)
	c.wantAll(live)
}
