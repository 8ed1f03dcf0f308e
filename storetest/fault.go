package storetest

// The order matters. The check of a method reports that it hangs, and Recovers reports a
// store that does not recover. Later checks that would wait for the same are skipped.
var faultChecks = []check{
	{name: "Find", breaks: true, run: func(c *checker) {
		token := c.session("abc")
		defer c.settle(c.breakBackend("Find"))
		c.wantErrors(findCall(token), findCall(newToken()))
	}},
	{name: "Commit", breaks: true, run: func(c *checker) {
		token := c.session("old")
		defer c.settle(c.breakBackend("Commit"))
		c.wantErrors(c.longCall(token, "newer"), c.longCall(newToken(), "abc"))
	}},
	{name: "Delete", breaks: true, run: func(c *checker) {
		token := c.session("abc")
		defer c.settle(c.breakBackend("Delete"))
		c.wantErrors(deleteCall(token))
	}},
	{name: "All", breaks: true, needsAll: true, run: func(c *checker) {
		c.sessions(newTokens(3)...)
		defer c.settle(c.breakBackend("All"))
		c.wantErrors(allCall)
	}},
	{name: "Recovers", breaks: true, run: func(c *checker) {
		c.session("abc")
		heal := c.breakBackend("Find", "Commit", "Delete")
		c.mayFail(findCall(newToken()), c.longCall(newToken(), "abc"), deleteCall(newToken()))
		heal()
		c.wantRecovery()
	}},
	{name: "Kept", breaks: true, run: faultKept},
	{name: "FailedWrites", breaks: true, run: faultFailedWrites},
}

func faultKept(c *checker) {
	kept, replaced, deleted := c.session("abc"), c.session("old"), c.session("abc")
	c.commit(replaced, "newer")
	c.delete(deleted)
	heal := c.breakBackend("Find", "Commit")
	c.mayFail(findCall(kept), c.longCall(newToken(), "other"))
	heal()
	c.wantRecovery()
	c.wantHealed(kept, sessionOf("abc"))
	c.wantHealed(replaced, sessionOf("newer"))
	c.wantHealed(deleted, noSession)
}

func faultFailedWrites(c *checker) {
	replaced, deleted, added := c.session("old data"), c.session("old data"), newToken()
	heal := c.breakBackend("Commit", "Delete")
	c.mayFail(c.longCall(replaced, "newer"), deleteCall(deleted), c.longCall(added, "first data"))
	heal()
	c.wantRecovery()
	// This ignores calls without an error: the checks Commit and Delete judge them.
	c.wantHealed(replaced, sessionOf("old data"), sessionOf("newer"))
	c.wantHealed(deleted, sessionOf("old data"), noSession)
	c.wantHealed(added, noSession, sessionOf("first data"))
}
