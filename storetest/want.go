package storetest

import (
	"fmt"
	"strings"
	"time"
)

// wantFound demands that Find returns the exact data of a session that outlives the check.
func (c *checker) wantFound(token, want string) {
	c.tb.Helper()
	c.wantFoundUntil(token, want, c.clock.long())
}

// wantFoundUntil is wantFound for a session with an expiry. It may be missing if its
// expiry has come by now.
func (c *checker) wantFoundUntil(token, want string, expiry time.Time) {
	c.tb.Helper()
	r := c.tryFind(token)
	if r.err == nil && !r.found && !c.clock.before(expiry) {
		return
	}
	c.judgeFound(token, r, want)
}

// judgeFound is wantFound for a result that the caller has from Find.
func (c *checker) judgeFound(token string, r result, want string) {
	c.tb.Helper()
	if r.err != nil || !r.found || string(r.data) != want {
		c.failFind(token, r, fmt.Sprintf("%s, true, nil%s", quoteData([]byte(want)), difference(r.data, []byte(want))))
	}
}

// wantEach demands wantFound of each session.
func (c *checker) wantEach(sessions map[string]string) {
	c.tb.Helper()
	for token, data := range sessions {
		c.wantFound(token, data)
	}
}

// wantMissing demands that Find finds no session. It ignores the slice.
func (c *checker) wantMissing(token string) {
	c.tb.Helper()
	if r := c.tryFind(token); r.err != nil || r.found {
		c.failFind(token, r, "nil, false, nil")
	}
}

// wantOneOf demands that Find returns one of the wanted results.
func (c *checker) wantOneOf(token string, want ...register) {
	c.tb.Helper()
	c.judgeOneOf(token, c.tryFind(token), want)
}

// judgeOneOf is wantOneOf for a result that the caller has from Find.
func (c *checker) judgeOneOf(token string, r result, want []register) {
	c.tb.Helper()
	var texts []string
	for _, w := range want {
		if r.err == nil && r.found == w.found && (!r.found || string(r.data) == w.value) {
			return
		}
		text := "nil, false, nil"
		if w.found {
			text = fmt.Sprintf("%q, true, nil", w.value)
		}
		texts = append(texts, text)
	}
	c.failFind(token, r, strings.Join(texts, " or "))
}

// rememberFind adds a Find to the story, which otherwise has changes only.
func (c *checker) rememberFind(token string) { c.remember(token, c.text(findCall(token))) }

func (c *checker) failFind(token string, r result, want string) {
	c.tb.Helper()
	c.failf("%s; want %s", c.story(token, c.text(findCall(token))+" = "+r.text("Find")), want)
}
