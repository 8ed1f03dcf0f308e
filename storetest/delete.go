package storetest

var deleteChecks = []check{
	{
		name: "Existing",
		rule: "scs.Store.Delete: it removes the token and its data; a logout (SessionManager.Destroy) relies on it",
		run: func(c *checker) {
			token := newToken()
			c.commit(token, []byte("abc"), c.clock.long())
			c.delete(token)
			c.wantMissing(token)
		},
	},
	{
		name: "Missing",
		rule: "scs.Store.Delete: a token that does not exist is a no-op and a nil error",
		run: func(c *checker) {
			token := newToken()
			c.delete(token)
			c.wantMissing(token)
		},
	},
	{
		name: "Empty",
		rule: `scs.SessionManager.Destroy: it calls Delete("") for a session that was never committed, and fails if that fails`,
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			c.delete("")
			c.concerns(token)
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "Malformed",
		rule: "scs.Store.Delete: a token that does not exist is a no-op and a nil error, however it is made",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("abc"), long)
			for _, odd := range append(tamperedTokens(c, token), malformedTokens(c, token)...) {
				before := c.fails.n.Load()
				c.delete(odd)
				c.concerns(token)
				c.wantFound(token, []byte("abc"), long)
				if c.fails.n.Load() > before {
					c.commit(token, []byte("abc"), long)
				} else {
					c.popCall() // it is no part of the story
				}
			}
		},
	},
	{
		name: "Twice",
		rule: "scs.Store.Delete: a token that does not exist any more is a no-op and a nil error",
		run: func(c *checker) {
			token := newToken()
			c.commit(token, []byte("abc"), c.clock.long())
			c.delete(token)
			c.delete(token)
			c.wantMissing(token)
		},
	},
	{
		name: "Expired", timed: true,
		rule: "scs.SessionManager.Destroy: it deletes a session that may have expired during the request; that is a no-op and a nil error",
		run: func(c *checker) {
			token, short := newToken(), c.clock.short()
			c.commit(token, []byte("abc"), short)
			c.pass(short)
			c.delete(token)
			c.wantMissing(token)
		},
	},
	{
		name: "OnlyThat",
		rule: "scs.Store.Delete: it removes this token only",
		run: func(c *checker) {
			tokens, long := similarTokens(c), c.clock.long()
			for _, token := range tokens {
				c.commit(token, []byte("data of "+token), long)
			}
			c.delete(tokens[0])
			c.concerns(tokens[1:]...)
			c.wantMissing(tokens[0])
			for _, token := range tokens[1:] {
				c.wantFound(token, []byte("data of "+token), long)
			}
		},
	},
	{
		name: "ThenCommit", revives: true,
		rule: "scs.Store.Commit: a token that was deleted can be committed again",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("first"), long)
			c.delete(token)
			c.commit(token, []byte("second"), long)
			c.wantFound(token, []byte("second"), long)
		},
	},
	{
		name: "LiveContext", ctxOnly: true,
		rule: "scs.CtxStore.DeleteCtx: the same as Delete, whatever values and deadline the context has",
		run: func(c *checker) {
			token := newToken()
			c.commit(token, []byte("abc"), c.clock.long())
			live, cancel := liveContext(c)
			defer cancel()
			live.delete(token)
			c.wantMissing(token)
		},
	},
	{
		name: "Cancelled", ctxOnly: true,
		rule: "scs.CtxStore.DeleteCtx: a nil error means that the session is gone, even if the context has ended: the user was told that the logout is done",
		run: func(c *checker) {
			for _, ended := range endedContexts(c) {
				token, long := newToken(), c.clock.long()
				c.commit(token, []byte("abc"), long)
				if err := ended.tryDelete(token); err == nil {
					c.wantMissing(token)
				}
			}
		},
	},
}
