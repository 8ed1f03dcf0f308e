package storetest

import (
	"github.com/alexedwards/scs/v2"
)

var reopenChecks = []check{
	{name: "Kept", run: func(c *checker) {
		tokens, long := newTokens(4), c.clock.long()
		c.commit(tokens[0], []byte("abc"), long)
		c.commit(tokens[1], []byte("old"), long)
		c.commit(tokens[1], []byte("newer"), long)
		c.commit(tokens[2], []byte("abc"), long)
		c.delete(tokens[2])
		d := c.reopened()
		d.wantFound(tokens[0], []byte("abc"), long)
		d.wantFound(tokens[1], []byte("newer"), long)
		d.wantMissing(tokens[2])
		d.commit(tokens[3], []byte("later"), long)
		d.wantFound(tokens[3], []byte("later"), long)
		if d.lists() {
			d.wantAll(map[string][]byte{tokens[0]: []byte("abc"), tokens[1]: []byte("newer"), tokens[3]: []byte("later")})
		}
	}},
	{name: "Expiry", timed: true, run: func(c *checker) {
		expirySubSecond(c, c.reopened)
	}},
}

// reopened closes the store, and returns a checker over it opened again.
func (c *checker) reopened() *checker {
	c.tb.Helper()
	d := *c
	d.store = c.suite.opened(c.tb, "the function of Reopen", func() scs.Store { return c.suite.reopen(c.tb, c.store) })
	d.api = c.mode.api(d.store)
	c.clock.useStore(c.suite, c.tb, d.store)
	c.rememberEvent("the store closed and opened again")
	return &d
}
