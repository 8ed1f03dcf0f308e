package redissession

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// listed returns what All and Each show, and fails the test if they differ.
func listed(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all, err := s.All(ctx)
	if all == nil || err != nil {
		t.Fatalf("All = %v, %v", all, err)
	}
	each := make(map[string]string)
	err = s.Each(ctx, func(token string, b []byte) error {
		each[token] = string(b)
		return nil
	})
	if err != nil {
		t.Fatalf("Each = %v", err)
	}
	sessions := make(map[string]string)
	for token, b := range all {
		sessions[token] = string(b)
	}
	if !maps.Equal(sessions, each) {
		t.Errorf("All = %v, Each shows %v", sessions, each)
	}
	return sessions
}

func TestListing(t *testing.T) {
	for _, shards := range []int{1, 3} {
		f := newFake(shards)
		s := New("fakestore", f, "app:")
		if got := listed(t, s); len(got) != 0 {
			t.Errorf("no session: %v", got)
		}
		want := make(map[string]string)
		for i := range 100 {
			token := fmt.Sprint("token", i)
			want[token] = fmt.Sprint("data", i)
			f.put("app:"+token, []byte(want[token]), inAnHour().UnixMilli())
			f.put("other:"+token, []byte("x"), inAnHour().UnixMilli())
			f.put("app:admin:"+token, []byte("x"), inAnHour().UnixMilli())
			f.put("app:gone"+token, []byte("x"), time.Now().Add(-time.Hour).UnixMilli())
			f.put("app:list"+token, nil, inAnHour().UnixMilli())
		}
		f.put("app:", []byte("x"), inAnHour().UnixMilli())
		want["empty"] = ""
		f.put("app:empty", []byte{}, inAnHour().UnixMilli())
		if got := listed(t, s); !maps.Equal(got, want) {
			t.Errorf("%d shards: %v; want %v", shards, got, want)
		}
	}
}

// TestListingErrors: a failure anywhere is an error, never a part.
func TestListingErrors(t *testing.T) {
	for _, command := range []string{"SCAN", "GETMANY"} {
		for nth := range 5 {
			f := newFake(3)
			s := New("fakestore", f, "app:")
			for i := range 300 {
				f.put(fmt.Sprint("app:token", i), []byte("data"), inAnHour().UnixMilli())
			}
			failing := errors.New("connection lost")
			var n atomic.Int64
			client := failAfter{f, func(c string) error {
				if c == command && n.Add(1) > int64(nth) {
					return failing
				}
				return nil
			}}
			s.client = client
			if all, err := s.All(ctx); all != nil || !errors.Is(err, failing) {
				t.Errorf("%s number %d fails: All = %d sessions, %v; want %v", command, nth, len(all), err, failing)
			}
			n.Store(0)
			if err := s.Each(ctx, func(string, []byte) error { return nil }); !errors.Is(err, failing) {
				t.Errorf("%s number %d fails: Each = %v; want %v", command, nth, err, failing)
			}
		}
	}
}

// failAfter is a Client some of whose listing commands fail.
type failAfter struct {
	*fake
	check func(command string) error
}

func (c failAfter) EachShard(ctx context.Context, visit func(context.Context, Shard) error) error {
	return c.fake.EachShard(ctx, func(ctx context.Context, shard Shard) error {
		return visit(ctx, failingShard{shard, c.check})
	})
}

type failingShard struct {
	Shard
	check func(command string) error
}

func (s failingShard) Scan(ctx context.Context, cursor uint64, pattern string, count int) (ScanPage, error) {
	if err := s.check("SCAN"); err != nil {
		return ScanPage{}, err
	}
	return s.Shard.Scan(ctx, cursor, pattern, count)
}

func (s failingShard) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	if err := s.check("GETMANY"); err != nil {
		return nil, err
	}
	return s.Shard.GetMany(ctx, keys)
}

// TestNoPrimary: a client that knows no primary has no sessions to list, which
// is not the same as a server without sessions.
func TestNoPrimary(t *testing.T) {
	s := New("fakestore", newFake(0), "app:")
	if all, err := s.All(ctx); all != nil || !errors.Is(err, errNoPrimary) {
		t.Errorf("All = %v, %v; want nil, %v", all, err, errNoPrimary)
	}
}

func TestShortReply(t *testing.T) {
	s, f := newStore()
	f.put("app:a", []byte("x"), inAnHour().UnixMilli())
	s.client = shortReply{f}
	if all, err := s.All(ctx); all != nil || err == nil {
		t.Errorf("All = %v, %v; want an error: values and keys do not match", all, err)
	}
}

type shortReply struct{ *fake }

func (c shortReply) EachShard(ctx context.Context, visit func(context.Context, Shard) error) error {
	return c.fake.EachShard(ctx, func(ctx context.Context, shard Shard) error {
		return visit(ctx, shortShard{shard})
	})
}

type shortShard struct{ Shard }

func (shortShard) GetMany(context.Context, []string) ([][]byte, error) { return nil, nil }

func TestEachEnds(t *testing.T) {
	f := newFake(3)
	s := New("fakestore", f, "app:")
	for i := range 300 {
		f.put(fmt.Sprint("app:token", i), []byte("data"), inAnHour().UnixMilli())
	}
	before := runtime.NumGoroutine()

	f.commands()
	stop, calls := errors.New("stop"), 0
	err := s.Each(ctx, func(string, []byte) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("Each = %v after %d calls of fn; want %v after 1", err, calls, stop)
	}

	wantFewScans := func(when string) {
		t.Helper()
		if n := strings.Count(f.commands(), "SCAN"); n > 9 {
			t.Errorf("%d SCANs of 3 shards although %s on the first page", n, when)
		}
	}
	wantFewScans("fn ended it")

	parent, cancel := context.WithCancel(ctx)
	shown := 0
	err = s.Each(parent, func(string, []byte) error { shown++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || shown == 300 {
		t.Errorf("Each = %v after %d sessions; want %v before the last", err, shown, context.Canceled)
	}
	wantFewScans("the request was cancelled")

	func() {
		defer func() {
			if got := recover(); got != "fn" {
				t.Errorf("recovered %v; want fn's panic on the caller's goroutine", got)
			}
		}()
		s.Each(ctx, func(string, []byte) error { panic("fn") })
	}()

	// Goroutines that have done their last statement count until they are gone.
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

// TestEachMayUseTheStore: fn revokes sessions while it lists them.
func TestEachMayUseTheStore(t *testing.T) {
	f := newFake(3)
	s := New("fakestore", f, "app:")
	for i := range 100 {
		f.put(fmt.Sprint("app:token", i), []byte("data"), inAnHour().UnixMilli())
	}
	var shown []string
	err := s.Each(ctx, func(token string, _ []byte) error {
		shown = append(shown, token)
		return s.Delete(ctx, token)
	})
	if err != nil {
		t.Errorf("Each = %v", err)
	}
	slices.Sort(shown)
	if n := len(slices.Compact(shown)); n != 100 {
		t.Errorf("Each showed %d sessions; want all 100", n)
	}
	if got := listed(t, s); len(got) != 0 {
		t.Errorf("%d sessions are left; want none", len(got))
	}
}

// TestReplacedWhileListing: a cursor of another process leaves sessions out,
// that of a server before its restart, or of one of two that both believe to be
// the primary and are both in a client's pool.
func TestReplacedWhileListing(t *testing.T) {
	for name, process := range map[string]func(scan int) int{
		"restarted":  func(scan int) int { return scan / 2 },
		"mixed":      func(scan int) int { return scan % 2 },
		"at the end": func(scan int) int { return scan / (buckets - 1) },
	} {
		s, f := newStore()
		f.put("app:"+token, []byte("data"), inAnHour().UnixMilli())
		scans := 0
		f.onSent = func(command string) {
			if command == "SCAN" {
				f.mu.Lock()
				f.restarts = process(scans)
				f.mu.Unlock()
				scans++
			}
		}
		if all, err := s.All(ctx); all != nil || !errors.Is(err, errReplaced) {
			t.Errorf("%s: All = %v, %v; want nil, %v", name, all, err, errReplaced)
		}
		f.onSent = nil
		if all, err := s.All(ctx); len(all) != 1 || err != nil {
			t.Errorf("%s: All afterwards = %v, %v; want the session", name, all, err)
		}
	}
}

func TestUnknown(t *testing.T) {
	for reply, want := range map[string]bool{
		"ERR unknown command 'INFO'":                true,
		"unknown command 'INFO'":                    true, // without its kind, as rueidis has it
		"section (server) is not supported":         true, // miniredis
		"NOPERM this user has no permissions":       false,
		"LOADING Redis is loading the dataset":      false,
		"NOAUTH Authentication required.":           false,
		"MASTERDOWN Link with MASTER is down and …": false,
	} {
		if got := Unknown(reply); got != want {
			t.Errorf("Unknown(%q) = %v; want %v", reply, got, want)
		}
	}
}
