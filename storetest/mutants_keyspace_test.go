package storetest

import (
	"strconv"
	"strings"
	"time"
)

// A prefixing says how a store makes keys: key joins prefix and token, own reports which
// keys All lists.
type prefixing struct {
	key func(prefix, token string) string
	own func(prefix, key string) (token string, ok bool)
}

var quotedPrefix = prefixing{
	key: func(prefix, token string) string { return strconv.Quote(prefix) + token },
	own: func(prefix, key string) (string, bool) { return strings.CutPrefix(key, strconv.Quote(prefix)) },
}

var noBraces = strings.NewReplacer("{", "", "}", "")

// cutGlob cuts the shortest beginning that a glob matches off a key.
func cutGlob(key, glob string) (rest string, ok bool) {
	for n := range len(key) + 1 {
		if globMatch(glob, key[:n]) {
			return key[n:], true
		}
	}
	return "", false
}

func prefixBug(name string, fails []string, as prefixing) mutant {
	return mutant{name: name, fails: fails, prefixing: &as}
}

var prefixMutants = []mutant{
	prefixBug("the key is the prefix and the token, and a token may be anything", fails("*/Prefix/Longer", "*/Prefix/Empty"), prefixing{
		key: func(prefix, token string) string { return prefix + token },
		own: func(prefix, key string) (string, bool) { return strings.CutPrefix(key, prefix) },
	}),
	prefixBug("all takes the prefix for a glob", fails("*/Prefix/Glob"), prefixing{
		key: quotedPrefix.key,
		own: func(prefix, key string) (string, bool) { return cutGlob(key, strconv.Quote(prefix)) },
	}),
	prefixBug("braces of a prefix are dropped", fails("*/Prefix/Braces"), prefixing{
		key: func(prefix, token string) string { return quotedPrefix.key(noBraces.Replace(prefix), token) },
		own: func(prefix, key string) (string, bool) { return quotedPrefix.own(noBraces.Replace(prefix), key) },
	}),
}

func reopenBug(name string, fails []string, reopened func(b *backend)) mutant {
	return mutant{name: name, fails: fails, reopened: reopened}
}

// expiries changes the expiry of every session.
func expiries(change func(time.Time) time.Time) func(b *backend) {
	return func(b *backend) {
		for _, s := range b.items {
			s.expiry = change(s.expiry)
		}
	}
}

var reopenMutants = []mutant{
	reopenBug("what was deleted is there again when the store is opened again", fails("*/Reopen/Kept"), func(b *backend) {
		for token, stone := range b.gone {
			b.items[token] = &stone.session
		}
	}),
	reopenBug("the expiry is kept to the second", fails("*/Reopen/Expiry"), expiries(roundDown(time.Second))),
	reopenBug("the expiry is lost", fails("*/Reopen/Expiry"), expiries(func(e time.Time) time.Time { return e.AddDate(1, 0, 0) })),
}
