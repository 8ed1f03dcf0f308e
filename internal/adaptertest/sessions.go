package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testRoundTrips: Find, Commit and Delete send one command. All makes two round trips a
// page, and one to begin with.
func testRoundTrips(t *testing.T, a Adapter) {
	server, s := start(t, a)
	token := newToken()
	for range 20 { // until all connections are made, of which a client may have some for pipelines
		WantMissing(t, s, newToken())
		s.All()
	}
	for _, test := range []struct {
		name string
		call func()
		want []string // one of these commands
	}{
		{"Commit", func() { MustCommit(t, s, token, "data") }, []string{"set"}},
		{"Find, found", func() { WantFound(t, s, token, "data") }, []string{"get", "mget"}},
		{"Find, missing", func() { WantMissing(t, s, newToken()) }, []string{"get", "mget"}},
		{"Delete", func() { s.Delete(token) }, []string{"del"}},
	} {
		got := counted(t, server, test.call)
		ok := len(got) == 1
		for name, n := range got {
			ok = ok && n == 1 && slices.Contains(test.want, name)
		}
		if !ok {
			t.Errorf("%s: commands %v; want one of %q, once", test.name, got, test.want)
		}
	}
	commitMany(t, s, 20)
	// Each round trip has an INFO in it. There is one more where the client has to be
	// asked first what it is connected to.
	got := counted(t, server, func() { s.All() })
	infos := got["info"]
	delete(got, "info")
	delete(got, "role") // with which an adapter may find the primary
	if want := map[string]int{"scan": 1, "mget": 1}; !maps.Equal(got, want) || infos > 4 {
		t.Errorf("All of a page: commands %v and %d INFO; want %v and at most 4", got, infos, want)
	}
}

// testFormat: a session is one key, prefix and token, whose value is its data and
// nothing else, as with scs's own stores. Keys that are not sessions of this store are left
// out. The server is on a unix socket if the client knows those.
func testFormat(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{Unix: !a.TCPOnly})
	s := a.open(t, a.patient(server))
	if all, err := s.All(); all == nil || len(all) != 0 || err != nil {
		t.Errorf("All without sessions = %v, %v; want an empty map", all, err)
	}
	written, foreign, data := newToken(), newToken(), "\x00\xff binary \r\n data"
	MustCommit(t, s, written, data)
	if got := server.Do(t, "GET", prefix+written); got != data {
		t.Errorf("GET = %q; want %q", got, data)
	}
	if keys := server.Do(t, "DBSIZE"); keys != int64(1) {
		t.Errorf("%d keys; want 1", keys)
	}
	server.Do(t, "SET", prefix+foreign, data, "EX", "3600")
	WantFound(t, s, foreign, data)
	for i := range 50 {
		server.Do(t, "SET", fmt.Sprint("other:", i), "x")
		server.Do(t, "SET", fmt.Sprint(prefix, "admin:", i), "x")
		server.Do(t, "HSET", fmt.Sprint(prefix, "hash", i), "f", "v")
		server.Do(t, "RPUSH", fmt.Sprint(prefix, "list", i), "v")
	}
	WantListed(t, s, map[string]string{written: data, foreign: data})
	if b, found, err := s.Find("hash1"); b != nil || found {
		t.Errorf("Find of a hash = %q, %v, %v; want no session", b, found, err)
	}
}

// testExpiry: a key always has an expiry, the one committed, and goes when that
// has passed, whatever the server's clock says.
func testExpiry(t *testing.T, a Adapter) {
	for _, shift := range []time.Duration{0, 10 * time.Minute, -90 * time.Minute} {
		t.Run(shift.String(), func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{ClockShift: shift})
			wantExpiries(t, server, a.open(t, a.patient(server)))
		})
	}
}

func wantExpiries(t *testing.T, server *redistest.Server, s Store) {
	token := newToken()
	pttl := func() int64 { return server.Do(t, "PTTL", prefix+token).(int64) }
	for _, in := range []time.Duration{time.Hour, 1500 * time.Millisecond, 48 * time.Hour} {
		before := time.Now()
		if err := s.Commit(token, []byte("data"), before.Add(in)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
		got := time.Duration(pttl()) * time.Millisecond
		if got > in || got < in-time.Since(before)-2*time.Millisecond {
			t.Errorf("expiry in %v: PTTL = %v", in, got)
		}
	}
	for _, expiry := range []time.Time{
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Unix(math.MaxInt64/2, 0),
	} {
		if err := s.Commit(token, []byte("data"), expiry); err != nil {
			t.Errorf("Commit, expiry in the year %d = %v", expiry.Year(), err)
		}
		if got := pttl(); got <= 0 {
			t.Errorf("Commit, expiry in the year %d: PTTL = %d; want more", expiry.Year(), got)
		}
	}
	for _, expiry := range []time.Time{
		{}, time.Unix(0, 0), time.Unix(-1, 0), time.Now().Add(-time.Hour), time.Now(), time.Unix(math.MinInt64/2, 0),
	} {
		MustCommit(t, s, token, "data")
		if err := s.Commit(token, []byte("late"), expiry); err != nil {
			t.Errorf("Commit, expiry %v = %v", expiry, err)
		}
		WantMissing(t, s, token)
		if got := pttl(); got != -2 {
			t.Errorf("Commit, expiry %v: PTTL = %d; want -2, no key", expiry, got)
		}
	}
}

// testOwnSlices: the store shares no memory with its caller.
func testOwnSlices(t *testing.T, a Adapter) {
	_, s := start(t, a)
	token, data := newToken(), []byte("data")
	if err := s.Commit(token, data, time.Now().Add(time.Hour)); err != nil {
		t.Fatalf("Commit = %v", err)
	}
	clear(data)
	WantFound(t, s, token, "data")
	found, _, _ := s.Find(token)
	clear(found)
	WantFound(t, s, token, "data")
	all, _ := s.All()
	clear(all[token])
	WantFound(t, s, token, "data")
	if again, err := s.All(); string(again[token]) != "data" || err != nil {
		t.Errorf("All = %q, %v; want the data that was stored", again[token], err)
	}
}

// testCancelled: a cancelled request reads nothing more, but its writes succeed, and no
// connection is lost.
func testCancelled(t *testing.T, a Adapter) {
	server, s := start(t, a)
	connections := func() int {
		_, made := spent(t, []*redistest.Server{server})
		return made
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	calls := Calls(ctx, s, newToken(), "data")
	before := 0
	for n := range 200 {
		if n == 100 { // by now the client has made all connections that it wants
			before = connections()
		}
		for _, name := range []string{"CommitCtx", "Find", "FindCtx", "AllCtx", "Each", "DeleteCtx"} {
			reads := name == "FindCtx" || name == "AllCtx" || name == "Each"
			if err := calls[name](); reads && !errors.Is(err, context.Canceled) || !reads && err != nil {
				t.Fatalf("%s = %v; want %v of those that read with the context", name, err, context.Canceled)
			}
		}
	}
	if made := connections() - before - 2; made > 0 { // two were made to ask for the number
		t.Errorf("600 calls with a cancelled context made %d connections", made)
	}
}
