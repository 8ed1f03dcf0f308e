// Code generated from rueidisstore/fresh_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"fmt"
	"testing"
	"time"
)

// TestFreshKeys: a key is fresh from the beginning of the first write until some
// time after the end of the last, and is forgotten then.
func TestFreshKeys(t *testing.T) {
	f := freshKeys{keys: make(map[string]freshKey)}
	want := func(when string, want bool) {
		t.Helper()
		if got := f.has("key"); got != want {
			t.Errorf("%s: has = %v; want %v", when, got, want)
		}
	}
	want("before", false)
	f.begin("key")
	f.begin("key")
	want("during two writes", true)
	f.end("key", 0)
	want("during the second", true)
	f.end("key", time.Hour)
	want("after both", true)
	f.add("key", time.Minute)
	if until := f.keys["key"].until; time.Until(until) < 50*time.Minute {
		t.Errorf("until %v after another minute was added; want the hour to last", until)
	}
	for i := range 100_000 {
		key := fmt.Sprint(i)
		f.begin(key)
		f.end(key, 0)
		if len(f.keys) > 200 {
			t.Fatalf("%d keys are kept of which one is fresh", len(f.keys))
		}
	}
	want("after many others", true)
}
