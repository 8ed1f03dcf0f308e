package storetest

// The order matters. The check of a method reports that it hangs, and Recovers reports a
// store that does not recover. Later checks that would wait for the same are skipped.
var faultChecks = []check{
	{name: "Find", breaks: true, run: func(c *checker) {
		tokens := newTokens(2)
		c.commit(tokens[0], []byte("abc"), c.clock.long())
		defer c.settle(c.breakBackend("Find"))
		c.wantErrors(c.findCall(tokens[0]), c.findCall(tokens[1]))
	}},
	{name: "Commit", breaks: true, run: func(c *checker) {
		tokens, long := newTokens(2), c.clock.long()
		c.commit(tokens[0], []byte("old"), long)
		defer c.settle(c.breakBackend("Commit"))
		c.wantErrors(c.commitCall(tokens[0], "newer"), c.commitCall(tokens[1], "abc"))
	}},
	{name: "Delete", breaks: true, run: func(c *checker) {
		token, _ := c.longSession("abc")
		defer c.settle(c.breakBackend("Delete"))
		c.wantErrors(c.deleteCall(token))
	}},
	{name: "All", breaks: true, needsAll: true, run: func(c *checker) {
		c.longSessions(3)
		defer c.settle(c.breakBackend("All"))
		c.wantErrors(c.allCall())
	}},
	{name: "Recovers", breaks: true, run: func(c *checker) {
		c.commit(newToken(), []byte("abc"), c.clock.long())
		heal := c.breakBackend("Find", "Commit", "Delete")
		c.mayFail(c.findCall(newToken()), c.commitCall(newToken(), "abc"), c.deleteCall(newToken()))
		heal()
		c.wantRecovery()
	}},
	{name: "Kept", breaks: true, run: faultKept},
	{name: "FailedWrites", breaks: true, run: faultFailedWrites},
}

func faultKept(c *checker) {
	tokens, long := newTokens(3), c.clock.long()
	c.commit(tokens[0], []byte("abc"), long)
	c.commit(tokens[1], []byte("old"), long)
	c.commit(tokens[1], []byte("newer"), long)
	c.commit(tokens[2], []byte("abc"), long)
	c.delete(tokens[2])
	heal := c.breakBackend("Find", "Commit")
	c.mayFail(c.findCall(tokens[0]), c.commitCall(newToken(), "other"))
	heal()
	c.wantRecovery()
	c.wantHealed(tokens[0], sessionOf("abc"))
	c.wantHealed(tokens[1], sessionOf("newer"))
	c.wantHealed(tokens[2], noSession)
}

func faultFailedWrites(c *checker) {
	tokens, long := newTokens(3), c.clock.long()
	c.commit(tokens[0], []byte("old data"), long)
	c.commit(tokens[1], []byte("old data"), long)
	heal := c.breakBackend("Commit", "Delete")
	c.mayFail(c.commitCall(tokens[0], "newer"), c.deleteCall(tokens[1]), c.commitCall(tokens[2], "first data"))
	heal()
	c.wantRecovery()
	// This ignores calls without an error: the checks Commit and Delete judge them.
	c.wantHealed(tokens[0], sessionOf("old data"), sessionOf("newer"))
	c.wantHealed(tokens[1], sessionOf("old data"), noSession)
	c.wantHealed(tokens[2], noSession, sessionOf("first data"))
}
