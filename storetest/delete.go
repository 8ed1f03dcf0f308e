package storetest

var deleteChecks = []check{
	{name: "Existing", run: func(c *checker) {
		token := c.session("abc")
		c.delete(token)
		c.wantMissing(token)
	}},
	{name: "Missing", run: func(c *checker) {
		token := newToken()
		c.delete(token)
		c.wantMissing(token)
	}},
	{name: "Empty", run: func(c *checker) {
		token := c.session("abc")
		c.delete("")
		c.addToStories(token)
		c.wantFound(token, "abc")
	}},
	{name: "Malformed", run: func(c *checker) {
		token := c.session("abc")
		for _, odd := range append(tamperedTokens(c, token), malformedTokens(c, token)...) {
			before := c.fails.n.Load()
			c.delete(odd)
			c.addToStories(token)
			c.wantFound(token, "abc")
			if c.fails.n.Load() > before {
				c.commit(token, "abc")
			} else {
				c.popLast() // a story has only the calls that matter
			}
		}
	}},
	{name: "Twice", run: func(c *checker) {
		token := c.session("abc")
		c.delete(token)
		c.delete(token)
		c.wantMissing(token)
	}},
	{name: "Expired", timed: true, run: func(c *checker) {
		token, short := c.shortSession("abc")
		c.pass(short)
		c.delete(token)
		c.wantMissing(token)
	}},
	{name: "OnlyThat", run: func(c *checker) {
		tokens := similarTokens(c)
		others := c.sessions(tokens...)
		c.delete(tokens[0])
		delete(others, tokens[0])
		c.addToStories(tokens[1:]...)
		c.wantMissing(tokens[0])
		c.wantEach(others)
	}},
	{name: "ThenCommit", revives: true, run: func(c *checker) {
		token := c.session("first")
		c.delete(token)
		c.commit(token, "second")
		c.wantFound(token, "second")
	}},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		token := c.session("abc")
		liveContext(c).delete(token)
		c.wantMissing(token)
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		for _, ended := range endedContexts(c) {
			token := c.session("abc")
			if err := ended.tryDelete(token); err == nil {
				c.wantMissing(token)
			}
		}
	}},
}
