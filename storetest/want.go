package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// wantFound demands that Find returns a session with its exact data. A session may be
// missing if its expiry has come by now.
func (c *checker) wantFound(token string, want []byte, expiry time.Time) {
	c.tb.Helper()
	b, found, err := c.tryFind(token)
	c.judgeFound(token, b, found, err, want, expiry)
}

// judgeFound is wantFound for results that the caller has from Find.
func (c *checker) judgeFound(token string, b []byte, found bool, err error, want []byte, expiry time.Time) {
	c.tb.Helper()
	if err == nil && !found && !c.clock.before(expiry) {
		return
	}
	if err != nil || !found || !bytes.Equal(b, want) {
		c.failFind(token, b, found, err, fmt.Sprintf("want %s, true, nil%s", quoteData(want), difference(b, want)))
	}
}

// wantMissing demands that Find finds no session. It ignores the slice.
func (c *checker) wantMissing(token string) {
	c.tb.Helper()
	if b, found, err := c.tryFind(token); err != nil || found {
		c.failFind(token, b, found, err, "want nil, false, nil")
	}
}

// wantOneOf demands that Find returns one of the wanted results.
func (c *checker) wantOneOf(token string, want ...register) {
	c.tb.Helper()
	b, found, err := c.tryFind(token)
	c.judgeOneOf(token, b, found, err, want)
}

// judgeOneOf is wantOneOf for results that the caller has from Find.
func (c *checker) judgeOneOf(token string, b []byte, found bool, err error, want []register) {
	c.tb.Helper()
	var texts []string
	for _, r := range want {
		if err == nil && found == r.found && (!found || string(b) == r.value) {
			return
		}
		text := "nil, false, nil"
		if r.found {
			text = fmt.Sprintf("%q, true, nil", r.value)
		}
		texts = append(texts, text)
	}
	c.failFind(token, b, found, err, "want "+strings.Join(texts, " or "))
}

// rememberFind adds a Find to the story, which otherwise has changes only.
func (c *checker) rememberFind(token string) { c.remember(token, c.findText(token)) }

func (c *checker) failFind(token string, b []byte, found bool, err error, want string) {
	c.tb.Helper()
	last := fmt.Sprintf("%s = %s, %t, %s", c.findText(token), quoteData(b), found, formatError(err))
	c.failf("%s; %s", c.story(token, last), want)
}
