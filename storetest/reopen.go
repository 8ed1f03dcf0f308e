package storetest

import (
	"github.com/alexedwards/scs/v2"
)

var reopenChecks = []check{
	{name: "Kept", run: func(c *checker) {
		kept, replaced, deleted := c.session("abc"), c.session("old"), c.session("abc")
		c.commit(replaced, "newer")
		c.delete(deleted)
		d := c.reopened()
		want := map[string]string{kept: "abc", replaced: "newer"}
		d.wantEach(want)
		d.wantMissing(deleted)
		want[d.session("later")] = "later"
		d.wantEach(want)
		if d.lists() {
			d.wantAll(want)
		}
	}},
	{name: "Expiry", timed: true, run: func(c *checker) {
		expirySubSecond(c, c.reopened)
	}},
}

// reopened closes the store, and returns a checker over it opened again.
func (c *checker) reopened() *checker {
	c.tb.Helper()
	d := c.over("the function of Reopen", "", func() scs.Store { return c.suite.reopen(c.tb, c.store) })
	c.clock.useStore(c.suite, c.tb, d.store)
	c.rememberEvent("the store closed and opened again")
	return d
}
