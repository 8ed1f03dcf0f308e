package storetest

var deleteChecks = []check{
	{name: "Existing", run: func(c *checker) {
		token, _ := c.longSession("abc")
		c.delete(token)
		c.wantMissing(token)
	}},
	{name: "Missing", run: func(c *checker) {
		token := newToken()
		c.delete(token)
		c.wantMissing(token)
	}},
	{name: "Empty", run: func(c *checker) {
		token, long := c.longSession("abc")
		c.delete("")
		c.addToStories(token)
		c.wantFound(token, []byte("abc"), long)
	}},
	{name: "Malformed", run: func(c *checker) {
		token, long := c.longSession("abc")
		for _, odd := range append(tamperedTokens(c, token), malformedTokens(c, token)...) {
			before := c.fails.n.Load()
			c.delete(odd)
			c.addToStories(token)
			c.wantFound(token, []byte("abc"), long)
			if c.fails.n.Load() > before {
				c.commit(token, []byte("abc"), long)
			} else {
				c.popCall() // a story has only the calls that matter
			}
		}
	}},
	{name: "Twice", run: func(c *checker) {
		token, _ := c.longSession("abc")
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
		tokens, long := similarTokens(c), c.clock.long()
		for _, token := range tokens {
			c.commit(token, []byte("data of "+token), long)
		}
		c.delete(tokens[0])
		c.addToStories(tokens[1:]...)
		c.wantMissing(tokens[0])
		for _, token := range tokens[1:] {
			c.wantFound(token, []byte("data of "+token), long)
		}
	}},
	{name: "ThenCommit", revives: true, run: func(c *checker) {
		token, long := c.longSession("first")
		c.delete(token)
		c.commit(token, []byte("second"), long)
		c.wantFound(token, []byte("second"), long)
	}},
	{name: "LiveContext", ctxOnly: true, run: func(c *checker) {
		token, _ := c.longSession("abc")
		liveContext(c).delete(token)
		c.wantMissing(token)
	}},
	{name: "Cancelled", ctxOnly: true, run: func(c *checker) {
		for _, ended := range endedContexts(c) {
			token, _ := c.longSession("abc")
			if err := ended.tryDelete(token); err == nil {
				c.wantMissing(token)
			}
		}
	}},
}
