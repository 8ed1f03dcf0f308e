package storetest

import (
	"fmt"
	"path"
	"strings"
)

// keys changes the tokens under which a store stores, finds and deletes.
func keys(key func(token string) string) func(m *memory) {
	return wrap(func(r request, next handler) reply {
		r.token = key(r.token)
		return next(r)
	})
}

// findAny finds any of the sessions that match the token.
func findAny(match func(pattern, token string) bool) func(m *memory) {
	return after("Find", func(r request, a *reply) {
		for other, b := range r.m.apply(r.as("All")).sessions {
			if !a.found && match(r.token, other) {
				*a = reply{data: b, found: true}
			}
		}
	})
}

// refuses makes methods fail for bad tokens.
func refuses(bad func(token string) bool, methods ...string) func(m *memory) {
	return failsIf(func(r request) bool { return bad(r.token) }, methods...)
}

func globMatch(pattern, token string) bool { ok, _ := path.Match(pattern, token); return ok }

func notBase64(token string) bool {
	return strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != ""
}

func notText(token string) bool {
	return strings.Contains(token, "\x00") || strings.ToValidUTF8(token, "") != token
}

var tokenMutants = []mutant{
	bug("find takes the token for a glob", fails("*/Find/Tampered", "Manager/GarbageCookies"), findAny(globMatch)),
	bug("find takes a part of the token for the token", fails("*/Find/Tampered", "Manager/GarbageCookies"),
		findAny(func(part, token string) bool { return part != "" && strings.HasPrefix(token, part) })),
	bug("tokens are compared without case", fails("*/All/TokenBytes", "*/Commit/SimilarTokens", "*/Delete/OnlyThat", "*/Find/Tampered"),
		keys(strings.ToLower)),
	bug("tokens are cleaned as paths", fails("*/Delete/Malformed", "*/Find/Tampered", "Manager/GarbageCookies"), keys(path.Clean)),
	bug("tokens end at a NUL", fails("*/All/TokenBytes", "*/Commit/TokenBytes", "*/Delete/Malformed", "*/Find/Malformed"),
		keys(func(token string) string { token, _, _ = strings.Cut(token, "\x00"); return token })),
	bug("tokens lose white space at the end", fails("*/All/TokenBytes", "*/Commit/TokenBytes", "*/Find/Malformed"),
		keys(func(token string) string { return strings.TrimRight(token, " \n") })),
	bug("tokens are cut at 255 bytes", fails("*/All/TokenBytes", "*/Commit/TokenBytes"),
		keys(func(token string) string { return token[:min(len(token), 255)] })),
	bug("tokens are cut at 43 bytes", fails("*/Commit/TokenBytes", "*/Find/LongToken", "*/Find/Tampered"),
		keys(func(token string) string { return token[:min(len(token), 43)] })),
	bug("bytes that are not UTF-8 are all the same", fails("*/All/TokenBytes", "*/Commit/TokenBytes"),
		keys(func(token string) string { return fmt.Sprintf("%q", []rune(token)) })),
	bug("a token that is not base64url is an error", fails("*/Delete/Malformed", "*/Find/Malformed", "*/Find/Tampered"),
		refuses(notBase64, "Find", "Commit", "Delete")),
	bug("a token that is not text is an error", fails("*/Delete/Malformed", "*/Find/Malformed"), refuses(notText, "Find", "Commit", "Delete")),
	bug("a long token is an error", fails("*/Find/LongToken", "Manager/GarbageCookies"),
		refuses(func(token string) bool { return len(token) > 250 }, "Find", "Commit", "Delete")),
	bug("deleting a token that is not base64url is an error", fails("*/Delete/Malformed"), refuses(notBase64, "Delete")),
	bug("deleting the empty token is an error", fails("*/Delete/Empty", "*/Delete/Malformed", "Manager/DestroyNew", "Manager/TwoManagers"),
		refuses(func(token string) bool { return token == "" }, "Delete")),
	bug("a refused token is stored", fails("*/All/TokenBytes", "*/Commit/TokenBytes"),
		after("Commit", func(r request, a *reply) {
			if strings.Contains(r.token, ":") {
				a.err = errMutant
			}
		})),
	bug("tokens that begin with - are dropped", fails("*/All/TokenBytes", "*/Commit/New", "*/Commit/SimilarTokens", "*/Delete/OnlyThat"),
		on("Commit", func(r request, next handler) reply {
			// Not the sessions of scs: one of its tokens may begin with - by chance.
			if strings.HasPrefix(r.token, "-") && !encodedByScs(r.data) {
				return reply{}
			}
			return next(r)
		})),
}
