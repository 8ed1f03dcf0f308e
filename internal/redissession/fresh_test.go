package redissession

import (
	"fmt"
	"testing"
	"time"
)

// TestFreshKeys: a key is fresh from the beginning of the first write until some
// time after the end of the last, and is forgotten then.
func TestFreshKeys(t *testing.T) {
	var f FreshKeys
	want := func(when string, want bool) {
		t.Helper()
		if got := f.State("key") == Fresh; got != want {
			t.Errorf("%s: fresh = %v; want %v", when, got, want)
		}
	}
	want("before", false)
	f.Begin("key")
	f.Begin("key")
	want("during two writes", true)
	f.End("key", 0)
	want("during the second", true)
	f.End("key", time.Hour)
	want("after both", true)
	f.Add("key", time.Minute)
	if until := f.keys["key"].until; time.Until(until) < 50*time.Minute {
		t.Errorf("until %v after another minute was added; want the hour to last", until)
	}
	for i := range 100_000 {
		key := fmt.Sprint(i)
		f.Begin(key)
		f.End(key, 0)
		if len(f.keys) > 200 {
			t.Fatalf("%d keys are kept of which one is fresh", len(f.keys))
		}
	}
	want("after many others", true)
}

// TestUnprovenKeys: a key is unproven until it is proven, or fresh.
func TestUnprovenKeys(t *testing.T) {
	var f FreshKeys
	want := func(when string, want FreshState) {
		t.Helper()
		if got := f.State("key"); got != want {
			t.Errorf("%s: state = %v; want %v", when, got, want)
		}
	}
	f.AddUnproven("key", time.Hour)
	want("after a read into the cache", Unproven)
	f.Proven("key")
	want("after the proof", Cacheable)
	f.AddUnproven("key", time.Hour)
	f.Begin("key")
	want("during a write", Fresh)
	f.Proven("key")
	f.AddUnproven("key", time.Hour)
	want("after a read and a proof during the write", Fresh)
	f.End("key", time.Minute)
	f.AddUnproven("key", 2*time.Hour)
	want("after the write", Fresh)
	f = FreshKeys{}
	f.AddUnproven("key", 0)
	want("when the entry has ended", Cacheable)
}
