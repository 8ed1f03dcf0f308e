package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

func commitMany(t *testing.T, s Store, n int) map[string]string {
	t.Helper()
	sessions := make(map[string]string, n)
	for i := range n {
		token := newToken()
		sessions[token] = fmt.Sprint("data ", i)
		MustCommit(t, s, token, sessions[token])
	}
	return sessions
}

// testAllMany: several pages of sessions, all of them, in few round trips.
func testAllMany(t *testing.T, a Adapter) {
	server, s := start(t, a)
	const n = 3500
	want := commitMany(t, s, n)
	WantListed(t, s, want)
	scans := server.Commands(t, func() { s.All() })["scan"]
	if scans > 12 {
		t.Errorf("All of %d sessions took %d SCANs", n, scans)
	}
}

// testAllRestart: a server that is restarted between two pages, with all that it
// had, is an error of the listing: the cursor means nothing to the new process,
// which would leave sessions out.
func testAllRestart(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{Durable: true})
	s := a.open(t, a.target(server))
	const n = 5000
	for i := range n {
		server.Do(t, "SET", fmt.Sprint(prefix, "token", i), "data", "EX", "3600")
	}
	seen := make(map[string]bool)
	err := s.Each(context.Background(), func(token string, _ []byte) error {
		if len(seen) == 0 {
			server.Restart(t)
			wantRecovery(t, s)
		}
		seen[token] = true
		return nil
	})
	if err == nil && len(seen) < n {
		t.Errorf("Each showed %d of %d sessions across a restart, <nil>; want all, or an error", len(seen), n)
	}
	// The one that wantRecovery has committed too.
	if all, err := s.All(); len(all) != n+1 || err != nil {
		t.Errorf("All afterwards = %d sessions, %v; want %d", len(all), err, n+1)
	}
}

// testAllForeign: keys that are not sessions of this store are left out.
func testAllForeign(t *testing.T, a Adapter) {
	server, s := start(t, a)
	if all, err := s.All(); all == nil || len(all) != 0 || err != nil {
		t.Errorf("All without sessions = %v, %v; want an empty map", all, err)
	}
	for i := range 50 {
		server.Do(t, "SET", fmt.Sprint("other:", i), "x")
		server.Do(t, "SET", fmt.Sprint(prefix, "admin:", i), "x")
		server.Do(t, "HSET", fmt.Sprint(prefix, "hash", i), "f", "v")
		server.Do(t, "RPUSH", fmt.Sprint(prefix, "list", i), "v")
	}
	want := commitMany(t, s, 3)
	WantListed(t, s, want)
	if b, found, err := s.Find("hash1"); b != nil || found {
		t.Errorf("Find of a hash = %q, %v, %v; want no session", b, found, err)
	}
}

// testEach: fn's error ends Each and comes back as it is, so does the end of the
// context, and a panic in fn is the caller's to recover.
func testEach(t *testing.T, a Adapter) {
	_, s := start(t, a)
	commitMany(t, s, 2500)
	stop := errors.New("stop")
	n := 0
	err := s.Each(context.Background(), func(string, []byte) error {
		if n++; n == 10 {
			return stop
		}
		return nil
	})
	if err != stop || n != 10 {
		t.Errorf("Each = %v after %d calls; want %v after 10", err, n, stop)
	}

	ctx, cancel := context.WithCancel(context.Background())
	n = 0
	err = s.Each(ctx, func(string, []byte) error { n++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || n == 2500 {
		t.Errorf("Each, cancelled while it ran = %v after %d sessions; want %v before the last", err, n, context.Canceled)
	}

	func() {
		defer func() {
			if got := recover(); got != "fn" {
				t.Errorf("recovered %v; want fn's panic", got)
			}
		}()
		s.Each(context.Background(), func(string, []byte) error { panic("fn") })
	}()
}
