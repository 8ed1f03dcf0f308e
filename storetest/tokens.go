package storetest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// newToken makes a token like scs: 32 random bytes in base64url, 43 characters. It begins
// with a letter: a store that refuses - or _ there must fail the checks of this, but no
// other check by chance.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: see crypto/rand
	b[0] &= 0x7f // A to f
	return base64.RawURLEncoding.EncodeToString(b)
}

// newTokens makes n different tokens.
func newTokens(n int) []string {
	tokens := make([]string, n)
	for i := range tokens {
		tokens[i] = newToken()
	}
	return tokens
}

// replaceByte returns the token with byte i replaced.
func replaceByte(token string, i int, b byte) string { return token[:i] + string(b) + token[i+1:] }

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// similarTokens returns tokens that scs could make and that a store may confuse. It
// labels them in c.
func similarTokens(c *checker) []string {
	// The base always has letters of both cases, - and _. Its last character is always
	// replaced by another one.
	base := "-aB_" + newToken()[4:42] + "A"
	return []string{
		base,
		c.label(swapCase(base), "its letters in the other case"),
		c.label(replaceByte(base, 3, 'x'), "another character for its _"),
		c.label(replaceByte(base, 3, '-'), "- for its _"),
		c.label(replaceByte(base, 0, '_'), "_ for its first -"),
		c.label(replaceByte(base, 42, 'E'), "another last character"),
	}
}

// tamperedTokens returns tokens that a client can send in a cookie instead of base. Some
// differ from it only in characters that a backend may drop or treat as equal.
func tamperedTokens(c *checker, base string) []string {
	return []string{
		c.label(base[:20], "its first 20 characters"),
		c.label(base[1:], "without its first character"),
		c.label(base+"A", "with one character more"),
		c.label(swapCase(base), "its letters in the other case"),
		c.label(strings.Repeat("A", 43), "43 times A"),
		"*", "?",
		c.label(base[:10]+"*", "a glob that matches it"),
		c.label("?"+base[1:], "a glob that matches it"),
		c.label("[!-z]"+base[1:], "a glob that matches it"),
		"%",
		c.label(base[:10]+"%", "an SQL pattern that matches it"),
		c.label(base[:42]+"_", "an SQL pattern that matches it"),
		c.label("../"+base, "after ../"),
		c.label("x/../"+base, "after x/../"),
		c.label(base+"/x", "before a slash"),
		c.label(base+" ", "with a space at the end"),
		c.label(" "+base, "after a space"),
		c.label(":"+base, "after a colon"),
		c.label(base+":x", "before a colon"),
		`'`,
		c.label(base+`' OR '1'='1`, "with SQL at its end"),
	}
}

// malformedTokens returns tokens with bytes that no cookie has. Tokens from elsewhere,
// such as a header or MergeSession, may have them.
func malformedTokens(c *checker, base string) []string {
	return []string{
		c.label("", "the empty token"),
		"\x00",
		c.label(base+"\x00", "with a NUL at the end"),
		c.label(base[:20]+"\x00", "its first 20 characters and a NUL"),
		c.label(base[:21]+"\x00"+base[22:], "with a NUL in it"),
		c.label(base+"\n", "with a newline at the end"),
		c.label(base+"\r\nDEL x", "with a line of its own at the end"),
		c.label(base+`"'\`, "with quotes and a backslash at the end"),
		c.label(base+"\xff", "not UTF-8"),
		c.label(base+"\xfe", "not UTF-8 in another way"),
		c.label(base+"é", "with a composed é"),
		c.label(base+"e\u0301", "with a decomposed é"),
	}
}

func longTokens(c *checker, base string) []string {
	return []string{
		c.label(base+strings.Repeat("A", 300), "343 bytes"),
		c.label(base+strings.Repeat("A", 8<<10), "8 KiB"),
		c.label(base+strings.Repeat("A", 64<<10), "64 KiB"),
	}
}

// oddTokens returns a token like those of scs, and others that scs would not make.
func oddTokens(c *checker) []string {
	base := "aB" + newToken()[2:]
	long := base + strings.Repeat("x", 8<<10)
	return slices.Concat([]string{base}, tamperedTokens(c, base), malformedTokens(c, base),
		[]string{c.label(long+"A", "8 KiB"), c.label(long+"B", "8 KiB, another last byte")})
}

// owners maps data to the token that it was committed under. It shows which token a store
// has confused with another.
type owners map[string]string

// commit commits the tokens with data that no other has. It returns the data of those that
// the store did not refuse.
func (o owners) commit(c *checker, tokens []string) map[string]string {
	stored := make(map[string]string)
	for _, token := range tokens {
		data := fmt.Sprintf("data %d", len(o))
		o[data] = token
		if c.tryCommit(token, data, c.clock.long()) == nil {
			stored[token] = data
		}
	}
	return stored
}

// If the data found under a token is another token's, blame adds that token's commit to
// the story.
func (o owners) blame(c *checker, token string, found []byte) {
	if other, ok := o[string(found)]; ok && other != token {
		c.remember(token, c.text(c.longCall(other, string(found))))
	}
}
