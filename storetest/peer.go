package storetest

var peerChecks = []check{
	{name: "SeesCommit", run: bothWays(peerSeesCommit)},
	{name: "SeesOverwrite", run: bothWays(peerSeesOverwrite)},
	{name: "SeesDelete", run: bothWays(peerSeesDelete)},
	{name: "Expired", timed: true, run: func(c *checker) {
		d, tokens, short := c.peer(), newTokens(2), c.clock.short()
		c.commitUntil(tokens[0], "abc", short)
		d.commitUntil(tokens[1], "abc", short)
		for _, token := range tokens {
			c.wantFoundUntil(token, "abc", short)
			d.wantFoundUntil(token, "abc", short)
		}
		c.pass(short)
		for _, token := range tokens {
			c.wantMissing(token)
			d.wantMissing(token)
		}
	}},
	{name: "ExpiryChanged", timed: true, run: func(c *checker) {
		d := c.peer()
		longer, short := c.shortSession("abc")
		shorter := c.session("abc")
		for _, process := range []*checker{c, d} {
			process.wantFoundUntil(longer, "abc", short)
			process.wantFound(shorter, "abc")
		}
		d.commit(longer, "abc")
		d.commitUntil(shorter, "abc", short)
		c.pass(short)
		for _, process := range []*checker{c, d} {
			process.wantFound(longer, "abc")
			process.wantMissing(shorter)
		}
	}},
	{name: "All", needsAll: true, run: bothWays(peerAll)},
	{name: "Linearizable", run: func(c *checker) { linearizable(c, c.peer()) }},
}

// bothWays runs f with the peer second, then on other sessions with the peer first.
func bothWays(f func(one, other *checker)) func(c *checker) {
	return func(c *checker) {
		d := c.peer()
		f(c, d)
		f(d, c)
	}
}

func peerSeesCommit(one, other *checker) {
	other.wantFound(one.session("abc"), "abc")
	token := newToken()
	other.wantMissing(token)
	other.rememberFind(token)
	one.commit(token, "abc")
	other.wantFound(token, "abc")
}

func peerSeesOverwrite(one, other *checker) {
	token := one.session("old")
	one.wantFound(token, "old")
	other.wantFound(token, "old")
	other.rememberFind(token)
	one.commit(token, "newer")
	other.wantFound(token, "newer")
	other.commit(token, "newest")
	one.wantFound(token, "newest")
}

func peerSeesDelete(one, other *checker) {
	tokens := []string{one.session("abc"), one.session("abc")}
	for _, token := range tokens {
		one.wantFound(token, "abc")
		other.wantFound(token, "abc")
		other.rememberFind(token)
	}
	one.delete(tokens[0])
	other.wantMissing(tokens[0])
	other.delete(tokens[1])
	one.wantMissing(tokens[1])
}

func peerAll(one, other *checker) {
	tokens := newTokens(3)
	want := one.sessions(tokens...)
	other.wantAll(want)
	other.commit(tokens[0], "newer")
	want[tokens[0]] = "newer"
	one.delete(tokens[1])
	delete(want, tokens[1])
	one.wantAll(want)
	other.wantAll(want)
	// bothWays runs this again, so the sessions are deleted.
	other.delete(tokens[0])
	other.delete(tokens[2])
	one.wantAll(nil)
}
