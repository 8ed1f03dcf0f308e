package storetest

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// keys changes the tokens under which a store stores, finds and deletes.
func keys(key func(token string) string) func(m *memory) {
	return func(m *memory) {
		find, commit, del := m.find, m.commit, m.delete
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) { return find(ctx, key(token)) }
		m.delete = func(ctx context.Context, token string) error { return del(ctx, key(token)) }

		// All knows how the tokens were written that are stored under a key last.
		written := make(map[string]string)
		m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
			m.mu.Lock()
			written[key(token)] = token
			m.mu.Unlock()
			return commit(ctx, key(token), b, expiry)
		}
		all := m.all
		m.all = func(ctx context.Context) (map[string][]byte, error) {
			sessions, err := all(ctx)
			m.mu.Lock()
			defer m.mu.Unlock()
			as := make(map[string][]byte)
			for k, b := range sessions {
				as[written[k]] = b
			}
			return as, err
		}
	}
}

// findAny finds any of the sessions that match the token.
func findAny(match func(pattern, token string) bool) func(m *memory) {
	return func(m *memory) {
		find := m.find
		m.find = func(ctx context.Context, token string) ([]byte, bool, error) {
			if b, found, err := find(ctx, token); found || err != nil {
				return b, found, err
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			for other, s := range m.items {
				if m.live(s) && match(token, other) {
					return s.data, true, nil
				}
			}
			return nil, false, nil
		}
	}
}

// failsOn makes methods, or all of them, fail for some tokens.
func failsOn(bad func(token string) bool, methods ...string) func(m *memory) {
	return before(func(_ context.Context, method, token string) error {
		if method != "All" && bad(token) && (methods == nil || slices.Contains(methods, method)) {
			return errors.New("mutant: bad token")
		}
		return nil
	})
}

func globMatch(pattern, token string) bool { ok, _ := path.Match(pattern, token); return ok }

func notBase64(token string) bool {
	return strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != ""
}

func notText(token string) bool {
	return strings.Contains(token, "\x00") || strings.ToValidUTF8(token, "") != token
}

var tokenMutants = []mutant{
	{
		name:  "find takes the token for a glob",
		fails: []string{"*/Find/Tampered", "Manager/GarbageCookies"},
		bug:   findAny(globMatch),
	},
	{
		name:  "find takes a part of the token for the token",
		fails: []string{"*/Find/Tampered", "Manager/GarbageCookies"},
		bug: findAny(func(part, token string) bool {
			return part != "" && strings.HasPrefix(token, part)
		}),
	},
	{
		name:  "tokens are compared without case",
		fails: []string{"*/All/TokenBytes", "*/Commit/SimilarTokens", "*/Delete/OnlyThat", "*/Find/Tampered"},
		bug:   keys(strings.ToLower),
	},
	{
		name:  "tokens are cleaned as paths",
		fails: []string{"*/Delete/Malformed", "*/Find/Tampered", "Manager/GarbageCookies"},
		bug:   keys(path.Clean),
	},
	{
		name:  "tokens end at a NUL",
		fails: []string{"*/All/TokenBytes", "*/Commit/TokenBytes", "*/Delete/Malformed", "*/Find/Malformed"},
		bug:   keys(func(token string) string { token, _, _ = strings.Cut(token, "\x00"); return token }),
	},
	{
		name:  "tokens lose white space at the end",
		fails: []string{"*/All/TokenBytes", "*/Commit/TokenBytes", "*/Find/Malformed"},
		bug:   keys(func(token string) string { return strings.TrimRight(token, " \n") }),
	},
	{
		name:  "tokens are cut at 255 bytes",
		fails: []string{"*/All/TokenBytes", "*/Commit/TokenBytes"},
		bug:   keys(func(token string) string { return token[:min(len(token), 255)] }),
	},
	{
		name:  "tokens are cut at 43 bytes",
		fails: []string{"*/Commit/TokenBytes", "*/Find/LongToken", "*/Find/Tampered"},
		bug:   keys(func(token string) string { return token[:min(len(token), 43)] }),
	},
	{
		name:  "bytes that are not UTF-8 are all the same",
		fails: []string{"*/All/TokenBytes", "*/Commit/TokenBytes"},
		bug:   keys(func(token string) string { return fmt.Sprintf("%q", []rune(token)) }),
	},
	{
		name:  "a token that is not base64url is an error",
		fails: []string{"*/Delete/Malformed", "*/Find/Malformed", "*/Find/Tampered"},
		bug:   failsOn(notBase64),
	},
	{
		name:  "a token that is not text is an error",
		fails: []string{"*/Delete/Malformed", "*/Find/Malformed"},
		bug:   failsOn(notText),
	},
	{
		name:  "a long token is an error",
		fails: []string{"*/Find/LongToken", "Manager/GarbageCookies"},
		bug:   failsOn(func(token string) bool { return len(token) > 250 }),
	},
	{
		name:  "deleting a token that is not base64url is an error",
		fails: []string{"*/Delete/Malformed"},
		bug:   failsOn(notBase64, "Delete"),
	},
	{
		name: "deleting the empty token is an error",
		fails: []string{
			"*/Delete/Empty", "*/Delete/Malformed", "Manager/DestroyNew", "Manager/TwoManagers",
		},
		bug: failsOn(func(token string) bool { return token == "" }, "Delete"),
	},
	{
		name:  "a refused token is stored",
		fails: []string{"*/All/TokenBytes", "*/Commit/TokenBytes"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				err := commit(ctx, token, b, expiry)
				if strings.Contains(token, ":") {
					err = errMutant
				}
				return err
			}
		},
	},
	{
		name:  "tokens that begin with - are dropped",
		fails: []string{"*/All/TokenBytes", "*/Commit/New", "*/Commit/SimilarTokens", "*/Delete/OnlyThat"},
		bug: func(m *memory) {
			commit := m.commit
			m.commit = func(ctx context.Context, token string, b []byte, expiry time.Time) error {
				// Not scs's own tokens: by chance one of them begins so.
				if strings.HasPrefix(token, "-") && !ofScs(b) {
					return nil
				}
				return commit(ctx, token, b, expiry)
			}
		},
	},
}
