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

	"github.com/scsredis/stores/internal/redistest"
)

// fill writes n sessions to each server, and returns their data by token.
func (d *direct) fill(t *testing.T, n int) map[string]string {
	t.Helper()
	sessions := make(map[string]string)
	for i, server := range d.servers {
		set := []string{"MSET"}
		for j := range n {
			token := fmt.Sprint("token", i, "-", j)
			sessions[token] = "data"
			set = append(set, "app:"+token, "data")
		}
		server.Do(t, set...)
	}
	return sessions
}

// TestListingErrors: a failure anywhere is an error, never a part.
func TestListingErrors(t *testing.T) {
	s, client := start(t, 3, Options{})
	client.fill(t, 100)
	failing := errors.New("connection lost")
	for _, command := range []string{"INFO", "SCAN", "MGET"} {
		for nth := range int64(5) {
			var n atomic.Int64
			client.before = func(c Command) error {
				if c[0] == command && n.Add(1) > nth {
					return failing
				}
				return nil
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
	if all, err := open(new(direct), Options{}).All(ctx); all != nil || !errors.Is(err, errNoPrimary) {
		t.Errorf("without a primary: All = %v, %v; want nil, %v", all, err, errNoPrimary)
	}
}

// TestListingReplies: a reply of another shape is an error, never a part. What the user may
// not run is an error that names the permission. A listing works on a server that does not
// know INFO.
func TestListingReplies(t *testing.T) {
	const noPermission = "NOPERM this user has no permissions"
	shape := ErrReply.Error()
	for _, test := range []struct {
		command, want string // want is part of the error, empty if there is none
		replies       []any
	}{
		{"INFO", shape, []any{nil, int64(1), []any{}}},
		{"SCAN", shape, []any{
			nil, "x", []any{"0"}, []any{"x", []any{}}, []any{"-1", []any{}}, []any{int64(0), []any{}},
			[]any{"0", "key"}, []any{"0", []any{nil}}, []any{"0", []any{int64(1)}},
		}},
		{"MGET", shape, []any{nil, "x", []any{}, []any{int64(1)}, []any{[]any{}}, []any{"a", "b"}}},
		{"INFO", "need the permission +info: NOPERM", []any{redistest.Error(noPermission)}},
		{"SCAN", "need the permission +scan: NOPERM", []any{redistest.Error(noPermission)}},
		{"MGET", "need the permission +mget: NOPERM", []any{redistest.Error(noPermission)}},
		{"INFO", ": LOADING", []any{redistest.Error("LOADING Redis is loading the dataset")}},
		{"SCAN", ": ERR", []any{redistest.Error("ERR unknown command 'SCAN'")}},
		{"MGET", ": WRONGTYPE", []any{redistest.Error("WRONGTYPE no string")}},
		{"MGET", ": TRYAGAIN", []any{redistest.Error("TRYAGAIN is for a Cluster")}},
		{"INFO", "", []any{
			redistest.Error("ERR unknown command 'INFO'"),
			redistest.Error("section (server) is not supported"), // miniredis
		}},
	} {
		s, client := start(t, 1, Options{})
		client.fill(t, 1)
		for _, reply := range test.replies {
			client.change = func(commands []Command, replies []Reply) {
				for i, c := range commands {
					if c[0] == test.command {
						err, _ := reply.(error)
						replies[i] = Reply{reply, err}
					}
				}
			}
			all, err := s.All(ctx)
			if test.want == "" && (len(all) != 1 || err != nil) {
				t.Errorf("%s answered with %q: All = %v, %v; want the session", test.command, reply, all, err)
			}
			if test.want != "" && (all != nil || err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s answered with %#v: All = %v, %v; want an error with %q", test.command, reply, all, err, test.want)
			}
		}
	}
}

// TestReplacedWhileListing: a cursor of another process leaves sessions out. The other
// process is the server before its restart, or one of two that believe to be the primary
// and are both in a client's pool.
func TestReplacedWhileListing(t *testing.T) {
	s, client := start(t, 1, Options{})
	client.fill(t, 1)
	for name, process := range map[string]func(trip int) int{
		"before the first page": func(trip int) int { return min(trip, 1) },
		"mixed":                 func(trip int) int { return trip % 2 },
		"before the values":     func(trip int) int { return trip / 2 },
	} {
		trips := 0
		client.change = func(_ []Command, replies []Reply) {
			replies[0].Value = fmt.Sprintf("redis_mode:standalone\r\nrun_id:%d\r\n", process(trips))
			trips++
		}
		if all, err := s.All(ctx); all != nil || !errors.Is(err, errReplaced) {
			t.Errorf("%s: All = %v, %v; want nil, %v", name, all, err, errReplaced)
		}
	}
}

// TestNoRoundTripInEach: while fn runs no round trip is under way, so that fn
// may use the store on a pool of one connection.
func TestNoRoundTripInEach(t *testing.T) {
	s, client := start(t, 3, Options{})
	client.fill(t, 100)
	var running atomic.Bool
	client.change = func([]Command, []Reply) {
		if running.Load() {
			t.Error("a round trip ends while fn runs")
		}
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
	s, client := start(t, 3, Options{})
	client.fill(t, 100)
	var scans atomic.Int64
	client.before = func(c Command) error {
		if c[0] == "SCAN" {
			scans.Add(1)
		}
		return nil
	}
	before := runtime.NumGoroutine()
	wantFewScans := func(when string) {
		t.Helper()
		if n := scans.Swap(0); n > 9 {
			t.Errorf("%d SCANs of 3 shards although %s on the first page", n, when)
		}
	}

	stop, calls := errors.New("stop"), 0
	err := s.Each(ctx, func(string, []byte) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("Each = %v after %d calls of fn; want %v after 1", err, calls, stop)
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

	redistest.Poll(t, "the goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}
