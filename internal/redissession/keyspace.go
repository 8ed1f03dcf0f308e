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

// token returns the token for a Redis key, and whether the key belongs to this keyspace.
// If there is a colon after the prefix, it belongs to another store: app:admin:TOKEN has
// the prefix app:admin:, not app:.
func (k keyspace) token(key string) (string, bool) {
	token, ok := strings.CutPrefix(key, k.prefix)
	return token, ok && k.wellFormed(token)
}

// wellFormed reports whether a token may name a session. A token comes from a cookie,
// which anybody can set. If it might have a colon, the cookie admin:TOKEN would give the
// prefix app: a session of the prefix app:admin:.
func (k keyspace) wellFormed(token string) bool { return !strings.ContainsAny(token, k.reject) }

// withTombstones makes tokens with a brace malformed: a brace might put the session's key
// in another slot than its tombstone.
func (k *keyspace) withTombstones() error {
	if strings.ContainsAny(k.prefix, "{}") {
		if _, ok := hashTag(k.prefix); !ok || strings.Count(k.prefix, "{") != 1 || strings.Count(k.prefix, "}") != 1 {
			return fmt.Errorf("with Tombstone or UserKey the prefix %q may have braces only around one hash tag", k.prefix)
		}
	}
	k.reject = ":{}"
	return nil
}

// tombstone returns the key that says that a session has been deleted. It is in the slot
// of the session. It has a colon after the prefix, which no session's key has.
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

// oneSlot returns the slot of all keys of the keyspace, if the prefix has a hash tag.
func (k keyspace) oneSlot() (slot int, ok bool) {
	tag, ok := hashTag(k.prefix)
	if !ok {
		return 0, false
	}
	return slotOf(tag), true
}

// keyIn returns a key of the keyspace whose slot is one of those wanted.
func (k keyspace) keyIn(wanted func(slot int) bool) (key string, ok bool) {
	// So many keys miss a slot in one of 10,000,000 cases.
	for i := range 16 * slotCount {
		key := k.key("probe" + strconv.Itoa(i))
		if wanted(Slot(key)) {
			return key, true
		}
	}
	return "", false
}
