package redissession

import "testing"

func TestKeyspaceToken(t *testing.T) {
	for _, test := range []struct {
		prefix, key string
		token       string
		ok          bool
	}{
		{"app:", "app:TOKEN", "TOKEN", true},
		{"app:", "app:admin:TOKEN", "", false},
		{"app:", "app:", "", false},
		{"app:", "other:TOKEN", "", false},
		{"app:", "APP:TOKEN", "", false},
		{"", "TOKEN", "TOKEN", true},
		{"", "app:TOKEN", "", false},
		{"app:", "app:\x00\xff *?[", "\x00\xff *?[", true},
	} {
		token, ok := newKeyspace(test.prefix).token(test.key)
		if ok != test.ok || ok && token != test.token {
			t.Errorf("prefix %q: token(%q) = %q, %v; want %q, %v", test.prefix, test.key, token, ok, test.token, test.ok)
		}
	}
}

func TestKeyspacePattern(t *testing.T) {
	for prefix, want := range map[string]string{
		"scs:session:": "scs:session:*",
		"":             "*",
		`a*b?c[d]e\f^`: `a\*b\?c\[d\]e\\f\^*`,
		"é\xff:":       "é\xff:*",
	} {
		if got := newKeyspace(prefix).pattern; got != want {
			t.Errorf("pattern of prefix %q = %q; want %q", prefix, got, want)
		}
	}
}

func TestWellFormed(t *testing.T) {
	for token, want := range map[string]bool{
		"1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY": true,
		"a":          true,
		"\x00\n\xff": true,
		"":           false,
		":":          false,
		"admin:x":    false,
		"x:":         false,
	} {
		if got := wellFormed(token); got != want {
			t.Errorf("wellFormed(%q) = %v; want %v", token, got, want)
		}
	}
}
