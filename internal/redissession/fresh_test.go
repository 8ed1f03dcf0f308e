package redissession

import (
	"fmt"
	"testing"
	"time"
)

// TestFreshKeys: a key is fresh from the beginning of the first write until some time after
// the end of the last, and is forgotten then. It is unproven until it is proven, or fresh.
func TestFreshKeys(t *testing.T) {
	var f freshKeys
	want := func(when string, want freshState) {
		t.Helper()
		if got := f.state("key"); got != want {
			t.Errorf("%s: state = %v; want %v", when, got, want)
		}
	}
	want("before", cacheable)
	f.begin("key")
	f.begin("key")
	want("during two writes", fresh)
	f.end("key", 0)
	want("during the second", fresh)
	f.proven("key")
	f.addUnproven("key", time.Hour)
	want("after a read and a proof during the write", fresh)
	f.end("key", time.Hour)
	f.addUnproven("key", 2*time.Hour)
	want("after both writes", fresh)
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
	want("after many others", fresh)
	f = freshKeys{}
	f.addUnproven("key", time.Hour)
	want("after a read into the cache", unproven)
	f.proven("key")
	want("after the proof", cacheable)
	f.addUnproven("key", time.Hour)
	f.begin("key")
	want("during a write after a read", fresh)
	f = freshKeys{}
	f.addUnproven("key", 0)
	want("when the entry has ended", cacheable)
}
