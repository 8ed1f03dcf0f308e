package storetest

import (
	"fmt"
	"time"
)

// concurrentExpiryChecks are the checks of Concurrent that are about expiries.
var concurrentExpiryChecks = []check{
	{name: "ExpiryOfLast", timed: true, run: concurrentExpiryOfLast},
	{name: "FindExpired", timed: true, run: concurrentFindExpired},
}

func concurrentExpiryOfLast(c *checker) {
	const brief, lasting = "brief", "lasting data"
	last := make(map[string]string) // by token, the data found after its commits
	var short time.Time
	rounds(func(int) {
		short = c.clock.short()
		token := newToken()
		calls := []call{c.commitCall(token, brief, short), c.longCall(token, lasting)}
		c.while = ""
		c.together(2, "while two goroutines commit to one token", func(w *checker, i int) { w.must(calls[i]) })
		r := c.tryFind(token)
		last[token] = string(r.data)
		c.remember(token, fmt.Sprintf("%s and %s at the same time", c.text(calls[0]), c.text(calls[1])))
		if expired := r.err == nil && !r.found && !c.clock.before(short); !expired {
			c.judgeOneOf(token, r, []register{sessionOf(brief), sessionOf(lasting)})
		}
		c.remember(token, fmt.Sprintf("%s = %q", c.text(findCall(token)), r.data))
	})
	c.pass(short.Add(arriving))
	for token, data := range last {
		if data == lasting {
			c.wantFound(token, lasting)
		} else {
			c.wantMissing(token)
		}
	}
}

func concurrentFindExpired(c *checker) {
	const measured = 2
	var tokens []string
	var short time.Time
	rounds(func(int) {
		var token string
		token, short = c.shortSession("old")
		tokens = append(tokens, token)
	})
	c.pass(short.Add(arriving))
	took := longLifetime // how long a Find of an expired session takes
	for _, token := range tokens[:measured] {
		start := time.Now()
		c.wantMissing(token)
		took = min(took, time.Since(start))
	}
	for i, token := range tokens[measured:] {
		delay := spread(i, 2*took)
		c.while = ""
		c.together(2, "while one goroutine finds an expired session and one commits it", func(w *checker, i int) {
			if i == 1 {
				time.Sleep(delay)
				w.commit(token, "newer")
				return
			}
			w.wantOneOf(token, noSession, sessionOf("newer"))
		})
		c.while = "after one goroutine has committed an expired session while another found it"
		c.wantFound(token, "newer")
	}
}

// spread returns different times from 0 to most for i = 0, 1, 2, …. Successive times are
// far from each other.
func spread(i int, most time.Duration) time.Duration {
	const parts = 20
	return most * time.Duration((i*7+parts/2)%parts) / (parts - 1)
}
