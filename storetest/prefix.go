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
	return c.over("the function of Prefix", fmt.Sprintf("store(%q).", prefix), func() scs.Store { return c.suite.prefix(c.tb, prefix) })
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
	token := newToken()
	leading := rest + token
	if rest != "" {
		one.label(leading, "the rest of the other prefix and its token")
	}
	one.commit(token, "first")
	other.commit(token, "second")
	both := func() {
		one.wantFound(token, "first")
		other.wantFound(token, "second")
		one.wantListed(token, "first", leading)
		other.wantListed(token, "second", "")
	}
	both()
	if rest != "" {
		one.wantMissing(leading)
		_ = one.tryDelete(leading) // the store may refuse it
		one.addToStories(token)
		both()
		_ = one.tryCommit(leading, "third", one.clock.long())
		one.addToStories(token)
		other.wantFound(token, "second")
		_ = one.tryDelete(leading)
		other.commit(token, "second")
		both()
	}
	one.delete(token)
	one.wantMissing(token)
	other.wantFound(token, "second")
	other.delete(token)
	token = newToken() // a deleted token may be dead: see FinalDelete
	one.commit(token, "first")
	other.commit(token, "second")
	other.delete(token)
	other.wantMissing(token)
	one.wantFound(token, "first")
	one.delete(token)
}

// wantListed demands that All, if the store has it, returns this session only. A store
// with an empty prefix may list keys of others too, but not the foreign token.
func (c *checker) wantListed(token, data, foreign string) {
	c.tb.Helper()
	if !c.lists() {
		return
	}
	r := c.tryAll()
	if strings.HasPrefix(c.receiver, emptyPrefix) {
		maps.DeleteFunc(r.sessions, func(t string, _ []byte) bool { return t != token && t != foreign })
	}
	c.judgeAll(r, map[string]string{token: data})
}
