package storetest

import (
	"context"
	"fmt"
	"net/http"
)

// The checks of the option FinalDelete, one list for each group.

var finalChecks = []check{
	{name: "Final", final: true, run: func(c *checker) {
		token := c.session("abc")
		others := c.sessions(newToken())
		c.delete(token)
		c.wantDead(token)
		_ = c.tryCommit(token, "past", c.clock.past())
		c.wantDead(token)
		c.delete(token)
		c.wantDead(token)
		c.wantEach(others)
		if c.lists() {
			c.wantAll(others)
		}
	}},
	{name: "FinalMissing", final: true, run: func(c *checker) {
		token := newToken()
		c.delete(token)
		c.wantDead(token)
	}},
	{name: "FinalTokens", final: true, run: func(c *checker) {
		for _, token := range oddTokens(c) {
			if token == "" || c.tryCommit(token, "abc", c.clock.long()) != nil {
				continue
			}
			c.wantFound(token, "abc")
			c.delete(token)
			c.wantDead(token)
		}
	}},
	{name: "FinalCancelled", ctxOnly: true, final: true, run: func(c *checker) {
		for _, ended := range endedContexts(c) {
			token := c.session("abc")
			if ended.tryDelete(token) == nil {
				c.wantDead(token)
			}
		}
	}},
}

// wantDead commits a deleted token, and demands that this returns nil and stores nothing.
func (c *checker) wantDead(token string) {
	c.tb.Helper()
	c.commit(token, "late")
	c.wantMissing(token)
}

var finalConcurrentChecks = []check{
	{name: "Final", final: true, run: func(c *checker) {
		const committers, each = 3, 3
		rounds(func(int) {
			c.while = ""
			token := c.session("old")
			while := fmt.Sprintf("while one goroutine deletes a session and %d commit it", committers)
			c.together(1+committers, while, func(w *checker, i int) {
				if i == 0 {
					w.delete(token)
					w.wantMissing(token)
					return
				}
				for range each {
					w.commit(token, "newer")
				}
			})
			c.while = fmt.Sprintf("after one goroutine has deleted a session while %d committed it", committers)
			c.wantMissing(token)
			c.wantDead(token)
		})
		if c.lists() {
			c.wantAll(nil)
		}
	}},
}

var finalPeerChecks = []check{
	{name: "Final", final: true, run: bothWays(func(one, other *checker) {
		token := one.session("abc")
		other.wantFound(token, "abc")
		one.delete(token)
		other.wantDead(token)
		one.wantMissing(token)
		one.wantDead(token)
		other.wantMissing(token)
	})},
}

var finalFaultChecks = []check{
	{name: "Final", breaks: true, final: true, run: func(c *checker) {
		tokens := []string{c.session("abc"), c.session("abc")}
		c.delete(tokens[0])
		heal := c.breakBackend("Commit", "Delete")
		c.mayFail(c.longCall(tokens[0], "newer"), deleteCall(tokens[1]))
		heal()
		c.wantRecovery()
		if !poll(healBound, func() bool { return c.tryDelete(tokens[1]) == nil }) {
			c.failLast(tokens[1], "nil")
			c.stop()
		}
		for _, token := range tokens {
			c.wantHealed(token, noSession)
			c.mayFail(c.longCall(token, "late")) // the fault may still cause an error here
			c.wantHealed(token, noSession)
		}
	}},
}

var finalManagerChecks = []check{
	{name: "FinalDestroy", final: true, run: slowRequest("/logout", "")},
	{name: "FinalRenewToken", final: true, run: slowRequest("/login?cart=5", "cart=5&user=ann")},
}

// slowRequest makes a slow request, and during it another that ends the session's token.
// Afterwards the browser must have the session want, and the old token none.
func slowRequest(end, want string) func(c *checker) {
	return func(c *checker) {
		for _, hash := range []bool{false, true} {
			c := c.forkStory()
			s := newSite(c)
			s.sm.HashTokenInStore = hash
			b := s.browser()
			old := s.replay(b.doCookie("/put?user=ann"))
			loaded, ended := make(chan struct{}), make(chan struct{})
			s.routes["/slow"] = func(r *http.Request) error {
				close(loaded)
				<-ended
				s.put(r)
				return nil
			}
			wait := old.start(context.Background(), "/slow?cart=3", ", which had begun before that", loaded)
			ok := b.try(end).ok
			close(ended)
			if slow := wait(); ok {
				c.rememberEvent(slow.text)
				ok = slow.ok
			}
			if !ok {
				c.failLast("", "200")
				c.stop()
			}
			old.wantSession("")
			b.wantSession(want)
		}
	}
}
