package storetest

import (
	"fmt"
	"strings"
	"time"
)

// do makes a call. If it panics or does not return in time, the check fails and ends.
func (c *checker) do(k call) result {
	r, problem := c.caller.do(c.ctx, c.api, k)
	if problem != "" {
		c.tb.Helper()
		if strings.HasPrefix(problem, notReturned) {
			c.fails.hung.Store(true)
		}
		c.failf("%s; want a result or an error", c.story(k.token, c.text(k)+" "+problem))
		c.stop()
	}
	return r
}

// change makes a call and remembers it.
func (c *checker) change(k call) error {
	c.tb.Helper()
	if k.method == "Commit" {
		defer c.clock.committed(time.Now())
	}
	r := c.do(k)
	c.trace.events = append(c.trace.events, event{token: k.token, text: func() string {
		if r.err != nil {
			return c.text(k) + " = " + formatError(r.err)
		}
		return c.text(k)
	}})
	return r.err
}

// commitCall returns a Commit that is made now.
func (c *checker) commitCall(token, data string, expiry time.Time) call {
	return call{"Commit", token, []byte(data), expiry, c.clock.now()}
}

// longCall returns a Commit whose session outlives the check.
func (c *checker) longCall(token, data string) call { return c.commitCall(token, data, c.clock.long()) }

func findCall(token string) call   { return call{method: "Find", token: token} }
func deleteCall(token string) call { return call{method: "Delete", token: token} }

var allCall = call{method: "All"}

func (c *checker) tryFind(token string) result  { return c.do(findCall(token)) }
func (c *checker) tryAll() result               { return c.do(allCall) }
func (c *checker) tryDelete(token string) error { return c.change(deleteCall(token)) }

func (c *checker) tryCommit(token, data string, expiry time.Time) error {
	return c.change(c.commitCall(token, data, expiry))
}

// commit stores a session that outlives the check, commitUntil one with another expiry.
// They end the check if they cannot.
func (c *checker) commit(token, data string) {
	c.tb.Helper()
	c.commitUntil(token, data, c.clock.long())
}

func (c *checker) commitUntil(token, data string, expiry time.Time) {
	c.tb.Helper()
	c.must(c.commitCall(token, data, expiry))
}

func (c *checker) must(k call) {
	c.tb.Helper()
	if c.change(k) != nil {
		c.failLast(k.token, "nil")
		c.stop()
	}
}

func (c *checker) delete(token string) {
	c.tb.Helper()
	if c.tryDelete(token) != nil {
		c.failLast(token, "nil")
	}
}

// session commits a new session that outlives the check, and returns its token.
func (c *checker) session(data string) (token string) {
	c.tb.Helper()
	token = newToken()
	c.commit(token, data)
	return token
}

// shortSession commits a new session that expires during the check.
func (c *checker) shortSession(data string) (token string, expiry time.Time) {
	c.tb.Helper()
	token, expiry = newToken(), c.clock.short()
	c.commitUntil(token, data, expiry)
	return token, expiry
}

// sessions commits a session with data of its own under each token.
func (c *checker) sessions(tokens ...string) map[string]string {
	c.tb.Helper()
	sessions := make(map[string]string)
	for i, token := range tokens {
		sessions[token] = fmt.Sprintf("session \x00 %d", i)
		c.commit(token, sessions[token])
	}
	return sessions
}

// lists reports whether the store has an All that lists something.
func (c *checker) lists() bool {
	return c.api.all != nil && c.suite.listsNothing[c.api.names["All"]] == ""
}
