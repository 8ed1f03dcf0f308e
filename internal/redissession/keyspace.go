package redissession

import (
	"fmt"
	"strconv"
	"strings"
)

// DefaultPrefix is the key prefix of scs's own Redis stores, and of ours.
const DefaultPrefix = "scs:session:"

// keyspace maps the tokens of one store to Redis keys and back.
type keyspace struct {
	prefix  string
	pattern string // a glob that matches the prefix literally, then anything
	reject  string // bytes that no token has
}

func newKeyspace(prefix string) keyspace {
	return keyspace{prefix: prefix, pattern: globQuoter.Replace(prefix) + "*", reject: ":"}
}

// key returns the Redis key for a well-formed token.
func (k keyspace) key(token string) string {
	return k.prefix + token
}

// token returns the token for a Redis key, and whether the key is one of this
// keyspace at all. With a colon behind the prefix it is another store's: the key
// app:admin:TOKEN belongs to the prefix app:admin:, not to app:.
func (k keyspace) token(key string) (string, bool) {
	token, ok := strings.CutPrefix(key, k.prefix)
	return token, ok && k.wellFormed(token)
}

// wellFormed reports whether a token may name a session. Tokens come from a
// cookie, so from anybody: with a colon the cookie admin:TOKEN would let a
// session of the prefix app:admin: in through the prefix app:.
func (k keyspace) wellFormed(token string) bool { return !strings.ContainsAny(token, k.reject) }

// withTombstones makes tokens with a brace malformed, which would take the
// session's key out of the slot of its tombstone.
func (k *keyspace) withTombstones() error {
	if strings.ContainsAny(k.prefix, "{}") {
		if _, ok := hashTag(k.prefix); !ok || strings.Count(k.prefix, "{") != 1 || strings.Count(k.prefix, "}") != 1 {
			return fmt.Errorf("with Tombstone or UserKey the prefix %q may have braces only around one hash tag", k.prefix)
		}
	}
	k.reject = ":{}"
	return nil
}

// tombstone returns the key that says that a session has been deleted. It is in
// the slot of the session. The colon after the prefix keeps it apart from every
// session's.
func (k keyspace) tombstone(token string) string {
	if _, ok := k.oneSlot(); ok {
		return k.prefix + ":gone:" + token
	}
	return k.prefix + ":gone:{" + k.key(token) + "}"
}

// user returns the key of a user's index.
func (k keyspace) user(id string) string { return k.prefix + ":user:" + id }

// globQuoter quotes what Redis reads as a pattern in SCAN ... MATCH.
var globQuoter = strings.NewReplacer(
	`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `\`, `\\`,
)

// oneSlot returns the slot that all keys of the keyspace are in, if the prefix
// has a hash tag that puts them there.
func (k keyspace) oneSlot() (slot int, ok bool) {
	tag, ok := hashTag(k.prefix)
	if !ok {
		return 0, false
	}
	return slotOf(tag), true
}

// keyIn returns a key of the keyspace whose slot is one of those wanted.
func (k keyspace) keyIn(wanted func(slot int) bool) (key string, ok bool) {
	// One slot of 16384 is hit sooner than this, except once in 10,000,000 times.
	for i := range 16 * slotCount {
		key := k.key("probe" + strconv.Itoa(i))
		if wanted(Slot(key)) {
			return key, true
		}
	}
	return "", false
}
