package redissession

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// FuzzKeyspace: a token comes back from its key, a malformed one has none, and
// two stores whose prefixes end in a colon never share a key.
func FuzzKeyspace(f *testing.F) {
	for _, seed := range [][3]string{
		{"scs:session:", "app:", "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"},
		{"app:", "app:admin:", "admin:TOKEN"},
		{"app:", "", "app:TOKEN"},
		{"a:", "a::", ":"},
		{"", "", ""},
		{"a*b?:", `a\*b?:`, "\x00\xff *?["},
		{"*****:", "***:", "0"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, prefix, other, token string) {
		malformed := strings.Contains(token, ":")
		k := newKeyspace(prefix)
		if k.wellFormed(token) == malformed {
			t.Errorf("wellFormed(%q) = %v", token, !malformed)
		}
		key := k.key(token)
		back, ok := k.token(key)
		if ok == malformed || ok && back != token {
			t.Errorf("prefix %q: token(key(%q)) = %q, %v", prefix, token, back, ok)
		}
		// If any string is a key, it is the key of the token that it gives.
		if got, ok := k.token(token); ok && (k.key(got) != token || !k.wellFormed(got)) {
			t.Errorf("prefix %q: token(%q) = %q, whose key is %q", prefix, token, got, k.key(got))
		}
		if malformed || other == prefix || !endsInColon(prefix) || !endsInColon(other) {
			return
		}
		if got, ok := newKeyspace(other).token(key); ok {
			t.Errorf("prefixes %q and %q share %q, as the token %q of the second", prefix, other, key, got)
		}
	})
}

// endsInColon is what Options.Prefix asks for; without a prefix there is no
// colon in any key.
func endsInColon(prefix string) bool { return prefix == "" || strings.HasSuffix(prefix, ":") }

// FuzzPattern: SCAN with the pattern of a prefix returns the keys that begin
// with it, and no other, on a real server.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"scs:session:", "TOKEN"},
		{"app:*", "app:admin:TOKEN"},
		{"a?[b-c]:", "axb:TOKEN"},
		{"[^a]:", "b:TOKEN"},
		{`\`, `\\`},
		{`a\`, `a*`},
		{"a[", "a[b"},
		{"**********:", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"\x00\xff:", "\x00"},
		{"a[", "a["},
		{"a", "a1"},
		{"****", "0"},
		{"", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	server := redistest.Start(f, redistest.Options{Unix: true}) // or ports run out
	f.Fuzz(func(t *testing.T, prefix, key string) {
		var (
			keys = []string{key, prefix + key, key + prefix, prefix, strings.ToUpper(prefix) + key}
			want []string
		)
		slices.Sort(keys)
		keys = slices.Compact(keys)
		set := []string{"MSET"}
		for _, key := range keys {
			set = append(set, key, "")
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		scan := []string{"SCAN", "0", "MATCH", newKeyspace(prefix).pattern, "COUNT", "1000"}
		server.Do(t, set...)
		page := server.Do(t, scan...).([]any)
		server.Do(t, append([]string{"DEL"}, keys...)...)
		var got []string
		for _, key := range page[1].([]any) {
			got = append(got, key.(string))
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) || page[0] != "0" {
			t.Errorf("of the keys %q SCAN MATCH %q returns %q and cursor %v; want %q and cursor 0", keys, scan[3], got, page[0], want)
		}
	})
}

// FuzzErrors: whatever an error quotes of a command, the text for a log has neither its
// token nor its data.
func FuzzErrors(f *testing.F) {
	const token = "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"
	f.Add("proxy: no backend for ", token, "session data", " try later")
	f.Add("ERR unknown command 'SET', with args beginning with: ", token, "session data", "")
	f.Add("ERR bad key '", "a token with spaces", "data's \"quotes\"", "'")
	f.Add("", "12345678", "12345678", "")
	f.Add("0", "00000000", ":00000000", "")
	f.Add("0", "00000000", "00000000", "000000010000000100000")
	f.Add("0", "ԄݤԄݤǋ", "0000ŀŀ", "0")
	f.Add("0", " 0000000", "00000000", "00000010")
	f.Fuzz(func(t *testing.T, before, token, data, after string) {
		const prefix = "app:"
		if strings.Contains(token, ":") || len(token) < secretLen || len(data) < secretLen {
			return
		}
		if strings.ContainsAny(token+data, hidden) {
			return // the text that replaces one secret may complete another
		}
		for _, quoted := range []string{prefix + token, token, prefix + token + " " + data, data, data + token} {
			text := before + quoted + after
			for _, cause := range []error{errors.New(text), redistest.Error(text)} {
				err := failing(cause).Commit(ctx, token, []byte(data), inAnHour())
				if !errors.Is(err, cause) {
					t.Fatalf("Commit = %v; want %v", err, cause)
				}
				text, ok := strings.CutPrefix(err.Error(), "teststore: commit: ")
				text = strings.Replace(text, notShown, "", 1)
				if !ok || strings.Contains(text, token) || strings.Contains(text, data) {
					t.Errorf("Commit of the token %q with %q, failing with %q = %q", token, data, cause, err)
				}
			}
		}
	})
}
