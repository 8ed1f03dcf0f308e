package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testRoundTrips: Find, Commit and Delete send one command; malformed tokens
// send none.
func testRoundTrips(t *testing.T, a Adapter) {
	server, s := start(t, a)
	token := newToken()
	wantMissing(t, s, token) // connects
	for _, test := range []struct {
		name string
		call func()
		want map[string]int
	}{
		{"Commit", func() { mustCommit(t, s, token, "data") }, map[string]int{"set": 1}},
		{"Find, found", func() { wantFound(t, s, token, "data") }, map[string]int{"get": 1}},
		{"Find, missing", func() { wantMissing(t, s, newToken()) }, map[string]int{"get": 1}},
		{"Find, malformed", func() { wantMissing(t, s, "admin:"+token) }, map[string]int{}},
		{"Delete", func() { s.Delete(token) }, map[string]int{"del": 1}},
		{"Delete, malformed", func() { s.Delete("admin:" + token) }, map[string]int{}},
		{"Commit, past", func() { s.Commit(token, nil, time.Now()) }, map[string]int{"del": 1}},
		{"Commit, malformed", func() { s.Commit("admin:"+token, nil, time.Now()) }, map[string]int{}},
	} {
		got := server.Commands(t, test.call)
		maps.DeleteFunc(got, func(name string, _ int) bool { // opening and looking after connections
			return name == "ping" || name == "hello" || strings.HasPrefix(name, "client|")
		})
		if !maps.Equal(got, test.want) {
			t.Errorf("%s: commands %v; want %v", test.name, got, test.want)
		}
	}
}

// testExpiry: a key always has an expiry, the one committed, and goes when that
// has passed.
func testExpiry(t *testing.T, a Adapter) {
	server, s := start(t, a)
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
		mustCommit(t, s, token, "data")
		if err := s.Commit(token, []byte("late"), expiry); err != nil {
			t.Errorf("Commit, expiry %v = %v", expiry, err)
		}
		wantMissing(t, s, token)
		if got := pttl(); got != -2 {
			t.Errorf("Commit, expiry %v: PTTL = %d; want -2, no key", expiry, got)
		}
	}
}

// testMalformedTokens: a token with a colon never reaches a key.
func testMalformedTokens(t *testing.T, a Adapter) {
	server, s := start(t, a)
	for _, token := range []string{":", "admin:TOKEN", "TOKEN:"} {
		server.Do(t, "SET", prefix+token, "foreign")
		wantMissing(t, s, token)
		if err := s.Delete(token); err != nil {
			t.Errorf("Delete(%q) = %v; want nil", token, err)
		}
		err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour))
		if token != ":" {
			wantError(t, "Commit", err, token, "data")
		} else if err == nil {
			t.Errorf("Commit(%q) = nil; want an error", token)
		}
		if got := server.Do(t, "GET", prefix+token); got != "foreign" {
			t.Errorf("after Delete and Commit of %q the other store's key is %v", token, got)
		}
	}
	if all, err := s.All(); len(all) != 0 || err != nil {
		t.Errorf("All = %d sessions, %v; want none", len(all), err)
	}
}

// testEmptyToken: the empty token is one like others.
func testEmptyToken(t *testing.T, a Adapter) {
	server, s := start(t, a)
	wantMissing(t, s, "")
	mustDelete(t, s, "")
	mustCommit(t, s, "", "data")
	if got := server.Do(t, "GET", prefix); got != "data" {
		t.Errorf("GET %s = %v; want data", prefix, got)
	}
	wantFound(t, s, "", "data")
	if all, err := s.All(); len(all) != 1 || string(all[""]) != "data" || err != nil {
		t.Errorf("All = %q, %v; want the session", all, err)
	}
	mustDelete(t, s, "")
	wantMissing(t, s, "")
}

// testPrefixes: stores side by side do not see each other, whatever characters
// their prefixes have, and what one writes is under its prefix.
func testPrefixes(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	prefixes := []string{"app:", "app:admin:", "ap*:", "a?p:", "[a]pp:", "[^b]pp:", `app\:`, "appé\x00\xff:", ""}
	stores := make([]Store, len(prefixes))
	token := newToken()
	for i, p := range prefixes {
		target := a.target(server)
		target.Prefix = p
		stores[i] = a.open(t, target)
		mustCommit(t, stores[i], token, p)
		if got := server.Do(t, "GET", p+token); got != p {
			t.Errorf("GET %s<token> = %v; want %q", p, got, p)
		}
	}
	for i, p := range prefixes {
		wantFound(t, stores[i], token, p)
		all, err := stores[i].All()
		if err != nil || len(all) != 1 || string(all[token]) != p {
			t.Errorf("prefix %q: All = %q, %v; want its one session", p, all, err)
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
	wantFound(t, s, token, "data")
	found, _, _ := s.Find(token)
	clear(found)
	wantFound(t, s, token, "data")
	all, _ := s.All()
	clear(all[token])
	wantFound(t, s, token, "data")
	if again, err := s.All(); string(again[token]) != "data" || err != nil {
		t.Errorf("All = %q, %v; want the data that was stored", again[token], err)
	}
	for _, empty := range [][]byte{nil, {}} {
		if err := s.Commit(token, empty, time.Now().Add(time.Hour)); err != nil {
			t.Errorf("Commit of %#v = %v", empty, err)
		}
		if all, err := s.All(); all[token] == nil || err != nil {
			t.Errorf("All after a Commit of %#v = %#v, %v; want the session", empty, all, err)
		}
		wantFound(t, s, token, "")
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	mustCommit(t, s, token, string(big))
	wantFound(t, s, token, string(big))
}

// testCancelled: a cancelled request reads nothing more, but what it writes is
// written, and no connection is lost.
func testCancelled(t *testing.T, a Adapter) {
	server, s := start(t, a)
	token := newToken()
	mustCommit(t, s, token, "data")
	connections := func() string { return server.Info(t, "stats", "total_connections_received") }
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	before := ""
	for n := range 200 {
		if n == 100 { // by now the client has made all that it wants
			before = connections()
		}
		if b, found, err := s.FindCtx(ctx, token); b != nil || found || !errors.Is(err, context.Canceled) {
			t.Fatalf("FindCtx = %q, %v, %v; want nil, false, %v", b, found, err, context.Canceled)
		}
		if all, err := s.AllCtx(ctx); all != nil || !errors.Is(err, context.Canceled) {
			t.Fatalf("AllCtx = %v, %v; want nil, %v", all, err, context.Canceled)
		}
		err := s.Each(ctx, func(string, []byte) error { t.Error("Each called fn"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("Each = %v; want %v", err, context.Canceled)
		}
		if err := s.CommitCtx(ctx, token, []byte("more"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("CommitCtx = %v", err)
		}
		wantFound(t, s, token, "more")
		if err := s.DeleteCtx(ctx, token); err != nil {
			t.Fatalf("DeleteCtx = %v", err)
		}
		wantMissing(t, s, token)
	}
	was, _ := strconv.Atoi(before)
	is, _ := strconv.Atoi(connections())
	if made := is - was - 1; made > 0 { // one was for asking
		t.Errorf("500 calls with a cancelled context made %d connections", made)
	}
}

func testUnix(t *testing.T, a Adapter) {
	if a.TCPOnly {
		t.Skip("the client knows no unix sockets")
	}
	server := redistest.Start(t, redistest.Options{Unix: true})
	s := a.open(t, a.target(server))
	token := newToken()
	mustCommit(t, s, token, "data")
	wantFound(t, s, token, "data")
}
