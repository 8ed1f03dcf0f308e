package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/alexedwards/scs/v2"
)

var prefixChecks = []check{
	{name: "Longer", run: keepApart([2]string{":", ":admin:"}, [2]string{":a", ":ab:"})},
	{name: "Glob", run: keepApart([2]string{"*:", "x:"}, [2]string{"?:", "x:"}, [2]string{"[a-z]:", "x:"},
		[2]string{"%:", "x:"}, [2]string{"_:", "x:"}, [2]string{`\x:`, "x:"})},
	{name: "Braces", run: keepApart([2]string{"{}:", ":"}, [2]string{"{a}:", "a:"})},
	{name: "Empty", run: func(c *checker) {
		prefix := uniquePrefix()
		wantApart(c.prefixed(""), c.prefixed(prefix+":"), prefix+":")
	}},
}

const emptyPrefix = `store("")`

// uniquePrefix returns a random word: others may use the keyspace too.
func uniquePrefix() string { return "st" + strconv.FormatUint(rand.Uint64(), 36) }

// prefixed returns a checker over the store with a prefix, in the same check.
func (c *checker) prefixed(prefix string) *checker {
	c.tb.Helper()
	d := *c
	d.store = c.suite.opened(c.tb, "the function of Prefix", func() scs.Store { return c.suite.prefix(c.tb, prefix) })
	d.api = c.mode.api(d.store)
	d.receiver = fmt.Sprintf("store(%q).", prefix)
	return &d
}

// keepApart tests pairs of prefixes. Both of a pair get the same random beginning.
func keepApart(pairs ...[2]string) func(c *checker) {
	return func(c *checker) {
		for _, pair := range pairs {
			prefix := uniquePrefix()
			rest, longer := strings.CutPrefix(pair[1], pair[0])
			if !longer {
				rest = ""
			}
			wantApart(c.prefixed(prefix+pair[0]), c.prefixed(prefix+pair[1]), rest)
		}
	}
}

// wantApart demands that each store has only its own sessions. If the prefix of other is that
// of one plus a rest, a token that begins with the rest must not reach a session of other.
func wantApart(one, other *checker, rest string) {
	token, long := newToken(), one.clock.long()
	leading := rest + token
	if rest != "" {
		one.label(leading, "the rest of the other prefix and its token")
	}
	one.commit(token, []byte("first"), long)
	other.commit(token, []byte("second"), long)
	both := func() {
		one.wantFound(token, []byte("first"), long)
		other.wantFound(token, []byte("second"), long)
		one.wantListed(token, "first", leading)
		other.wantListed(token, "second", "")
	}
	both()
	if rest != "" {
		one.wantMissing(leading)
		_ = one.tryDelete(leading) // the store may refuse it
		one.addToStories(token)
		both()
		_ = one.tryCommit(leading, []byte("third"), long)
		one.addToStories(token)
		other.wantFound(token, []byte("second"), long)
		_ = one.tryDelete(leading)
		other.commit(token, []byte("second"), long)
		both()
	}
	one.delete(token)
	one.wantMissing(token)
	other.wantFound(token, []byte("second"), long)
	other.delete(token)
	token = newToken() // a deleted token may be dead: see FinalDelete
	one.commit(token, []byte("first"), long)
	other.commit(token, []byte("second"), long)
	other.delete(token)
	other.wantMissing(token)
	one.wantFound(token, []byte("first"), long)
	one.delete(token)
}

// wantListed demands that All, if the store has it, returns this session only. A store
// with an empty prefix may list keys of others too, but not the foreign token.
func (c *checker) wantListed(token, data, foreign string) {
	c.tb.Helper()
	if !c.lists() {
		return
	}
	got, err := c.tryAll()
	if strings.HasPrefix(c.receiver, emptyPrefix) {
		maps.DeleteFunc(got, func(t string, _ []byte) bool { return t != token && t != foreign })
	}
	c.judgeAll(got, err, map[string][]byte{token: []byte(data)})
}
