package storetest

import (
	"maps"
	"slices"
	"time"
)

var peerChecks = []check{
	{name: "SeesCommit", run: bothWays(peerSeesCommit)},
	{name: "SeesOverwrite", run: bothWays(peerSeesOverwrite)},
	{name: "SeesDelete", run: bothWays(peerSeesDelete)},
	{name: "Expired", timed: true, run: func(c *checker) {
		d, tokens, short := c.peer(), newTokens(2), c.clock.short()
		c.commit(tokens[0], []byte("abc"), short)
		d.commit(tokens[1], []byte("abc"), short)
		for _, token := range tokens {
			c.wantFound(token, []byte("abc"), short)
			d.wantFound(token, []byte("abc"), short)
		}
		c.pass(short)
		for _, token := range tokens {
			c.wantMissing(token)
			d.wantMissing(token)
		}
	}},
	{name: "ExpiryChanged", timed: true, run: func(c *checker) {
		d, tokens := c.peer(), newTokens(2)
		short, long := c.clock.short(), c.clock.long()
		c.commit(tokens[0], []byte("abc"), short)
		c.commit(tokens[1], []byte("abc"), long)
		for _, process := range []*checker{c, d} {
			process.wantFound(tokens[0], []byte("abc"), short)
			process.wantFound(tokens[1], []byte("abc"), long)
		}
		d.commit(tokens[0], []byte("abc"), long)
		d.commit(tokens[1], []byte("abc"), short)
		c.pass(short)
		c.wantFound(tokens[0], []byte("abc"), long)
		d.wantFound(tokens[0], []byte("abc"), long)
		c.wantMissing(tokens[1])
		d.wantMissing(tokens[1])
	}},
	{name: "All", needsAll: true, run: bothWays(peerAll)},
	{name: "Linearizable", run: func(c *checker) { linearizable(c, c.peer()) }},
}

// bothWays runs f with the peer second, then on other sessions with the peer first.
func bothWays(f func(one, other *checker, long time.Time)) func(c *checker) {
	return func(c *checker) {
		d, long := c.peer(), c.clock.long()
		f(c, d, long)
		f(d, c, long)
	}
}

func peerSeesCommit(one, other *checker, long time.Time) {
	tokens := newTokens(2)
	one.commit(tokens[0], []byte("abc"), long)
	other.wantFound(tokens[0], []byte("abc"), long)
	other.wantMissing(tokens[1])
	other.rememberFind(tokens[1])
	one.commit(tokens[1], []byte("abc"), long)
	other.wantFound(tokens[1], []byte("abc"), long)
}

func peerSeesOverwrite(one, other *checker, long time.Time) {
	token := newToken()
	one.commit(token, []byte("old"), long)
	one.wantFound(token, []byte("old"), long)
	other.wantFound(token, []byte("old"), long)
	other.rememberFind(token)
	one.commit(token, []byte("newer"), long)
	other.wantFound(token, []byte("newer"), long)
	other.commit(token, []byte("newest"), long)
	one.wantFound(token, []byte("newest"), long)
}

func peerSeesDelete(one, other *checker, long time.Time) {
	tokens := newTokens(2)
	for _, token := range tokens {
		one.commit(token, []byte("abc"), long)
		one.wantFound(token, []byte("abc"), long)
		other.wantFound(token, []byte("abc"), long)
		other.rememberFind(token)
	}
	one.delete(tokens[0])
	other.wantMissing(tokens[0])
	other.delete(tokens[1])
	one.wantMissing(tokens[1])
}

func peerAll(one, other *checker, long time.Time) {
	want := one.longSessions(3)
	tokens := slices.Collect(maps.Keys(want))
	other.wantAll(want)
	other.commit(tokens[0], []byte("newer"), long)
	want[tokens[0]] = []byte("newer")
	one.delete(tokens[1])
	delete(want, tokens[1])
	one.wantAll(want)
	other.wantAll(want)
	// bothWays runs this again, so the sessions are deleted.
	other.delete(tokens[0])
	other.delete(tokens[2])
	one.wantAll(nil)
}
