package redissession

import (
	"strings"
	"testing"
)

func TestKeyspaceToken(t *testing.T) {
	for _, test := range []struct {
		prefix, key string
		token       string
		ok          bool
	}{
		{"app:", "app:TOKEN", "TOKEN", true},
		{"app:", "app:admin:TOKEN", "", false},
		{"app:", "app:", "", true},
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
		"":           true,
		":":          false,
		"admin:x":    false,
		"x:":         false,
	} {
		if got := newKeyspace("app:").wellFormed(token); got != want {
			t.Errorf("wellFormed(%q) = %v; want %v", token, got, want)
		}
	}
}

func TestKeyIn(t *testing.T) {
	for _, test := range []struct {
		prefix string
		slot   int
		ok     bool
	}{
		{"app:", 0, true},
		{"app:", 16383, true},
		{"", 7, true},
		{"{app}:", Slot("{app}:x"), true},
		{"{app}:", Slot("{app}:x") + 1, false},
	} {
		key, ok := newKeyspace(test.prefix).keyIn(func(slot int) bool { return slot == test.slot })
		if ok != test.ok || ok && (Slot(key) != test.slot || !strings.HasPrefix(key, test.prefix)) {
			t.Errorf("prefix %q: keyIn(%d) = %q, %v; want a key in it: %v", test.prefix, test.slot, key, ok, test.ok)
		}
	}
}

func TestOneSlot(t *testing.T) {
	for prefix, want := range map[string]bool{"app:": false, "{app}:": true, "a{b}c{d}:": true, "{}:": false, "{app:": false, "}{": false} {
		got, ok := newKeyspace(prefix).oneSlot()
		if ok != want || ok && got != Slot(prefix+"{x}") {
			t.Errorf("prefix %q: oneSlot = %d, %v; want %v", prefix, got, ok, want)
		}
	}
}
