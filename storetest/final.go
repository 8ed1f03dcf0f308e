package storetest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// The checks of the option FinalDelete, one list for each group.

var finalChecks = []check{
	{name: "Final", final: true, run: func(c *checker) {
		tokens, long := newTokens(2), c.clock.long()
		c.commit(tokens[0], []byte("abc"), long)
		c.commit(tokens[1], []byte("other"), long)
		c.delete(tokens[0])
		c.wantDead(tokens[0])
		_ = c.tryCommit(tokens[0], []byte("past"), c.clock.past())
		c.wantDead(tokens[0])
		c.delete(tokens[0])
		c.wantDead(tokens[0])
		c.wantFound(tokens[1], []byte("other"), long)
		if c.lists() {
			c.wantAll(map[string][]byte{tokens[1]: []byte("other")})
		}
	}},
	{name: "FinalMissing", final: true, run: func(c *checker) {
		token := newToken()
		c.delete(token)
		c.wantDead(token)
	}},
	{name: "FinalTokens", final: true, run: func(c *checker) {
		for _, token := range oddTokens(c) {
			if token == "" || c.tryCommit(token, []byte("abc"), c.clock.long()) != nil {
				continue
			}
			c.wantFound(token, []byte("abc"), c.clock.long())
			c.delete(token)
			c.wantDead(token)
		}
	}},
	{name: "FinalCancelled", ctxOnly: true, final: true, run: func(c *checker) {
		for _, ended := range endedContexts(c) {
			token, _ := c.longSession("abc")
			if ended.tryDelete(token) == nil {
				c.wantDead(token)
			}
		}
	}},
}

// wantDead commits a deleted token, and demands that this returns nil and stores nothing.
func (c *checker) wantDead(token string) {
	c.tb.Helper()
	c.commit(token, []byte("late"), c.clock.long())
	c.wantMissing(token)
}

var finalConcurrentChecks = []check{
	{name: "Final", final: true, run: func(c *checker) {
		const committers, each = 3, 3
		rounds(func(int) {
			token := newToken()
			c.while = ""
			c.commit(token, []byte("old"), c.clock.long())
			while := fmt.Sprintf("while one goroutine deletes a session and %d commit it", committers)
			c.together(1+committers, while, func(w *checker, i int) {
				if i == 0 {
					w.delete(token)
					w.wantMissing(token)
					return
				}
				for range each {
					w.commit(token, []byte("newer"), w.clock.long())
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
	{name: "Final", final: true, run: bothWays(func(one, other *checker, long time.Time) {
		token := newToken()
		one.commit(token, []byte("abc"), long)
		other.wantFound(token, []byte("abc"), long)
		one.delete(token)
		other.wantDead(token)
		one.wantMissing(token)
		one.wantDead(token)
		other.wantMissing(token)
	})},
}

var finalFaultChecks = []check{
	{name: "Final", breaks: true, final: true, run: func(c *checker) {
		tokens := newTokens(2)
		for _, token := range tokens {
			c.commit(token, []byte("abc"), c.clock.long())
		}
		c.delete(tokens[0])
		heal := c.breakBackend("Commit", "Delete")
		c.mayFail(c.commitCall(tokens[0], "newer"), c.deleteCall(tokens[1]))
		heal()
		c.wantRecovery()
		if !poll(healBound, func() bool { return c.tryDelete(tokens[1]) == nil }) {
			c.failf("%s; want nil", c.story(tokens[1], c.popCall()))
			c.stop()
		}
		for _, token := range tokens {
			c.wantHealed(token, noSession)
			c.mayFail(c.commitCall(token, "late")) // the fault may still cause an error here
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
			loaded, ended, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
			arrive := sync.OnceFunc(func() { close(loaded) })
			s.routes["/slow"] = func(r *http.Request) error {
				arrive()
				<-ended
				s.put(r)
				return nil
			}
			const path = "/slow?cart=3"
			text := old.request(path, ", which had begun before that")
			var slow response
			go func() {
				defer close(done)
				defer arrive() // if the request failed before
				slow = old.send(context.Background(), path, text)
			}()
			<-loaded
			ok := b.try(end).ok
			close(ended)
			<-done
			if ok {
				c.remember("", slow.text)
				ok = slow.ok
			}
			if !ok {
				c.failAnswer("want 200")
				c.stop()
			}
			old.wantSession("")
			b.wantSession(want)
		}
	}
}
