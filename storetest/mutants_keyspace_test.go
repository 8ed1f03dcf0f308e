package storetest

import (
	"strconv"
	"strings"
	"time"
)

// A prefixing is how a store puts its prefix before a token. All lists the keys that
// are its own.
type prefixing struct {
	key func(prefix, token string) string
	own func(prefix, key string) (token string, ok bool)
}

var quotedPrefix = prefixing{
	key: func(prefix, token string) string { return strconv.Quote(prefix) + token },
	own: func(prefix, key string) (string, bool) { return strings.CutPrefix(key, strconv.Quote(prefix)) },
}

var noBraces = strings.NewReplacer("{", "", "}", "")

func joined(prefix, token string) string { return prefix + token }

// ownMatch is for a store that lists what matches the prefix, and takes its length off.
func ownMatch(match func(prefix, key string) bool) func(prefix, key string) (string, bool) {
	return func(prefix, key string) (string, bool) {
		for n := range len(key) + 1 {
			if match(prefix, key[:n]) {
				return key[n:], true
			}
		}
		return "", false
	}
}

var prefixMutants = []mutant{
	{
		name:      "the key is the prefix and the token, and a token may be anything",
		fails:     []string{"*/Prefix/Longer", "*/Prefix/Empty"},
		prefixing: &prefixing{key: joined, own: func(prefix, key string) (string, bool) { return strings.CutPrefix(key, prefix) }},
	},
	{
		name:  "all takes the prefix for a glob",
		fails: []string{"*/Prefix/Glob"},
		prefixing: &prefixing{key: quotedPrefix.key, own: func(prefix, key string) (string, bool) {
			return ownMatch(globMatch)(strconv.Quote(prefix), key)
		}},
	},
	{
		name:  "braces of a prefix are dropped",
		fails: []string{"*/Prefix/Braces"},
		prefixing: &prefixing{
			key: func(prefix, token string) string { return quotedPrefix.key(noBraces.Replace(prefix), token) },
			own: func(prefix, key string) (string, bool) { return quotedPrefix.own(noBraces.Replace(prefix), key) },
		},
	},
}

var reopenMutants = []mutant{
	{
		name:  "what was deleted is there again when the store is opened again",
		fails: []string{"*/Reopen/Kept"},
		bug: deletes(func(items map[string]session, token string) {
			if s, ok := items[token]; ok {
				items[token] = session{data: s.data}
			}
		}),
		reopened: func(expiry time.Time) time.Time {
			if expiry.IsZero() {
				return time.Now().Add(longLifetime)
			}
			return expiry
		},
	},
	{
		name:     "the expiry is kept to the second",
		fails:    []string{"*/Reopen/Expiry"},
		reopened: roundDown(time.Second),
	},
	{
		name:     "the expiry is lost",
		fails:    []string{"*/Reopen/Expiry"},
		reopened: func(expiry time.Time) time.Time { return expiry.AddDate(1, 0, 0) },
	},
}
