package redissession

import "strings"

// DefaultPrefix is the key prefix of scs's own Redis stores, and of ours.
const DefaultPrefix = "scs:session:"

// keyspace maps the tokens of one store to Redis keys and back.
type keyspace struct {
	prefix  string
	pattern string // a glob that matches the prefix literally, then anything
}

func newKeyspace(prefix string) keyspace {
	return keyspace{prefix: prefix, pattern: globQuoter.Replace(prefix) + "*"}
}

// key returns the Redis key for a well-formed token.
func (k keyspace) key(token string) string {
	return k.prefix + token
}

// token returns the token for a Redis key, and whether the key is one of this
// keyspace at all. A colon behind the prefix makes it another store's: the key
// app:admin:TOKEN belongs to the prefix app:admin:, not to app:.
func (k keyspace) token(key string) (string, bool) {
	token, ok := strings.CutPrefix(key, k.prefix)
	return token, ok && wellFormed(token)
}

// wellFormed reports whether a token may name a session. Tokens come from a
// cookie, so from anybody: with a colon the cookie admin:TOKEN would let a
// session of the prefix app:admin: in through the prefix app:. An empty token
// is what scs calls a session that has not been stored yet.
func wellFormed(token string) bool {
	return token != "" && strings.IndexByte(token, ':') < 0
}

// globQuoter quotes what Redis reads as a pattern in SCAN ... MATCH.
var globQuoter = strings.NewReplacer(
	`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `\`, `\\`,
)
