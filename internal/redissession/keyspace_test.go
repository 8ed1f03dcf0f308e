package redissession

import (
	"strings"
	"testing"
)

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
