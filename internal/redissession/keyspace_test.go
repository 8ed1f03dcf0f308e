package redissession

import (
	"strings"
	"testing"
	"time"
)

func TestSlot(t *testing.T) {
	for key, want := range map[string]int{ // of CLUSTER KEYSLOT
		"":                     0,
		"123456789":            12739,
		"scs:session:foo":      254,
		"{foo}bar":             12182,
		"foo":                  12182,
		"a{foo}{bar}":          12182,
		"{}foo":                9500,
		"{foo":                 13308,
		"scs:session:\xff\x00": 11677,
	} {
		if got := Slot(key); got != want {
			t.Errorf("slot(%q) = %d; want %d", key, got, want)
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

// TestTombstonePrefixes: a tombstone is in the slot of its session, or the prefix is
// refused.
func TestTombstonePrefixes(t *testing.T) {
	for prefix, want := range map[string]bool{
		"app:": true, "": true, "{app}:": true, "a{b}c:": true, "{app:": false, "{}:": false, "{a}{b}:": false, "}{": false,
	} {
		func() {
			defer func() {
				if panicked := recover() != nil; panicked == want {
					t.Errorf("New with the prefix %q panics: %v; want %v", prefix, panicked, !want)
				}
			}()
			s := New("teststore", new(direct), Options{Prefix: prefix, Tombstone: time.Second})
			if got, want := Slot(s.keys.tombstone(token)), Slot(s.keys.key(token)); got != want {
				t.Errorf("prefix %q: the tombstone is in slot %d, the session in %d", prefix, got, want)
			}
		}()
	}
}
