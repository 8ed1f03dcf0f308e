package redissession

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// newShards returns a store of 300 sessions on three servers.
func newShards() (*Store, *fake) {
	f := newFake(3)
	for i := range 300 {
		f.put(fmt.Sprint("app:token", i), []byte("data"))
	}
	return New("fakestore", f, Options{Prefix: "app:"}), f
}

// TestListingErrors: a failure anywhere is an error, never a part.
func TestListingErrors(t *testing.T) {
	for _, command := range []string{"INFO", "SCAN", "MGET"} {
		for nth := range 5 {
			s, f := newShards()
			failing := errors.New("connection lost")
			var n atomic.Int64
			f.change = func(commands []Command, replies []Reply) ([]Reply, error) {
				for _, c := range commands {
					if c[0] == command && n.Add(1) > int64(nth) {
						return nil, failing
					}
				}
				return replies, nil
			}
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

// TestNoPrimary: a listing fails if the client knows no primary. That is not a server
// without sessions.
func TestNoPrimary(t *testing.T) {
	s := New("fakestore", newFake(0), Options{Prefix: "app:"})
	if all, err := s.All(ctx); all != nil || !errors.Is(err, errNoPrimary) {
		t.Errorf("All = %v, %v; want nil, %v", all, err, errNoPrimary)
	}
}

// TestWrongReplies: a reply of another shape is an error, never a part.
func TestWrongReplies(t *testing.T) {
	for command, values := range map[string][]any{
		"INFO": {nil, int64(1), []any{}},
		"SCAN": {
			nil, "x", []any{"0"}, []any{"x", []any{}}, []any{"-1", []any{}}, []any{int64(0), []any{}},
			[]any{"0", "key"}, []any{"0", []any{nil}}, []any{"0", []any{int64(1)}},
		},
		"MGET": {nil, "x", []any{}, []any{int64(1)}, []any{[]any{}}, []any{"a", "b"}},
	} {
		for _, value := range values {
			s, f := newStore()
			f.put("app:a", []byte("x"))
			f.change = func(commands []Command, replies []Reply) ([]Reply, error) {
				for i, c := range commands {
					if c[0] == command {
						replies[i].Value = value
					}
				}
				return replies, nil
			}
			if all, err := s.All(ctx); all != nil || !errors.Is(err, ErrReply) {
				t.Errorf("%s answered with %#v: All = %v, %v; want nil, %v", command, value, all, err, ErrReply)
			}
		}
	}
	s, f := newStore()
	f.change = func([]Command, []Reply) ([]Reply, error) { return nil, nil }
	if all, err := s.All(ctx); all != nil || err == nil {
		t.Errorf("no reply: All = %v, %v; want an error", all, err)
	}
}

// TestRefusedCommands: what the user may not run is an error that names the permission. A
// listing works on a server that does not know INFO.
func TestRefusedCommands(t *testing.T) {
	for _, test := range []struct{ command, refusal, want string }{
		{"INFO", "NOPERM this user has no permissions", "need the permission +info: NOPERM"},
		{"INFO", "LOADING Redis is loading the dataset", ": LOADING"},
		{"INFO", "ERR unknown command 'INFO'", ""},
		{"INFO", "section (server) is not supported", ""}, // miniredis
		{"SCAN", "NOPERM this user has no permissions", "need the permission +scan: NOPERM"},
		{"SCAN", "ERR unknown command 'SCAN'", ": ERR"},
		{"MGET", "NOPERM this user has no permissions", "need the permission +mget: NOPERM"},
		{"MGET", "WRONGTYPE no string", ": WRONGTYPE"},
	} {
		s, f := newStore()
		f.put("app:a", []byte("x"))
		f.change = func(commands []Command, replies []Reply) ([]Reply, error) {
			for i, c := range commands {
				if c[0] == test.command {
					replies[i] = Reply{Err: &serverError{test.refusal}}
				}
			}
			return replies, nil
		}
		all, err := s.All(ctx)
		if test.want == "" && (len(all) != 1 || err != nil) {
			t.Errorf("%s answered with %q: All = %v, %v; want the session", test.command, test.refusal, all, err)
		}
		if test.want != "" && (all != nil || err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s answered with %q: All = %v, %v; want an error with %q", test.command, test.refusal, all, err, test.want)
		}
	}
}

// TestReplacedBeforeValues: if another process answers for the values of the last page,
// the listing fails.
func TestReplacedBeforeValues(t *testing.T) {
	s, f := newStore()
	f.put("app:"+token, []byte("data"))
	f.change = func(commands []Command, replies []Reply) ([]Reply, error) {
		if last := len(commands) - 1; commands[last][0] == "MGET" {
			replies[0].Value = "redis_mode:standalone\r\nrun_id:another\r\n"
			replies[last].Value = []any{nil}
		}
		return replies, nil
	}
	if all, err := s.All(ctx); all != nil || !errors.Is(err, errReplaced) {
		t.Errorf("All = %v, %v; want nil, %v", all, err, errReplaced)
	}
}

// TestNoRoundTripInEach: while fn runs no round trip is under way, so that fn
// may use the store on a pool of one connection.
func TestNoRoundTripInEach(t *testing.T) {
	s, f := newShards()
	var running atomic.Bool
	f.change = func(_ []Command, replies []Reply) ([]Reply, error) {
		if running.Load() {
			t.Error("a round trip ends while fn runs")
		}
		return replies, nil
	}
	err := s.Each(ctx, func(string, []byte) error {
		running.Store(true)
		time.Sleep(50 * time.Microsecond)
		running.Store(false)
		return nil
	})
	if err != nil {
		t.Errorf("Each = %v", err)
	}
}

func TestEachEnds(t *testing.T) {
	s, f := newShards()
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

	// A goroutine counts for a moment after its last statement.
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

// TestReplacedWhileListing: a cursor of another process leaves sessions out. The other
// process is the server before its restart, or one of two that believe to be the primary
// and are both in a client's pool.
func TestReplacedWhileListing(t *testing.T) {
	for name, process := range map[string]func(trip int) int{
		"restarted":  func(trip int) int { return trip / 2 },
		"mixed":      func(trip int) int { return trip % 2 },
		"at the end": func(trip int) int { return trip / buckets },
	} {
		s, f := newStore()
		f.put("app:"+token, []byte("data"))
		trips := 0
		f.onSent = func(command string) {
			if command == "INFO" {
				f.mu.Lock()
				f.restarts = process(trips)
				f.mu.Unlock()
				trips++
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
