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
	long := c.clock.long()
	rounds(func(int) {
		token := newToken()
		short = c.clock.short()
		c.while = ""
		c.together(2, "while two goroutines commit to one token", func(w *checker, i int) {
			if i == 0 {
				w.commit(token, []byte(brief), short)
			} else {
				w.commit(token, []byte(lasting), long)
			}
		})
		b, found, err := c.tryFind(token)
		last[token] = string(b)
		commits := fmt.Sprintf("%s(%s, %q, in %s) and %[1]s(%[2]s, %[5]q, in %[6]s) at the same time", c.api.commitName, c.quote(token),
			brief, formatDuration(short.Sub(c.clock.now())), lasting, formatDuration(longLifetime))
		c.remember(token, commits)
		c.remember(token, fmt.Sprintf("%s = %q", c.findText(token), b))
		if expired := err == nil && !found && !c.clock.before(short); !expired && (err != nil || string(b) != brief && string(b) != lasting) {
			c.popCall()
			c.failFind(token, b, found, err, fmt.Sprintf("want %q or %q, true, nil", brief, lasting))
		}
	})
	c.pass(short.Add(arriving))
	for token, data := range last {
		if data == lasting {
			c.wantFound(token, []byte(lasting), long)
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
		token := newToken()
		short = c.clock.short()
		c.commit(token, []byte("old"), short)
		tokens = append(tokens, token)
	})
	c.pass(short.Add(arriving))
	took := longLifetime // how long a Find of an expired session takes
	for _, token := range tokens[:measured] {
		start := time.Now()
		c.wantMissing(token)
		took = min(took, time.Since(start))
	}
	long := c.clock.long()
	for i, token := range tokens[measured:] {
		delay := spread(i, 2*took)
		c.while = ""
		c.together(2, "while one goroutine finds an expired session and one commits it", func(w *checker, i int) {
			if i == 1 {
				time.Sleep(delay)
				w.commit(token, []byte("newer"), long)
				return
			}
			w.wantOneOf(token, noSession, sessionOf("newer"))
		})
		c.while = "after one goroutine has committed an expired session while another found it"
		c.wantFound(token, []byte("newer"), long)
	}
}

// spread returns different times from 0 to most for i = 0, 1, 2, …. Successive times are
// far from each other.
func spread(i int, most time.Duration) time.Duration {
	const parts = 20
	return most * time.Duration((i*7+parts/2)%parts) / (parts - 1)
}
