package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// runCache checks a store that may find sessions in its client's cache. Its tests
// are not parallel: they measure time.
func runCache(t *testing.T, a Adapter) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Adapter)
	}{
		{"Hit", testCacheHit},
		{"Miss", testCacheMiss},
		{"OtherType", testCacheOtherType},
		{"Expiry", testCacheExpiry},
		{"Ends", testCacheEnds},
		{"DuringCommit", testCacheDuringCommit},
		{"LateReply", testCacheLateReply},
		{"OthersDeadline", testCacheOthersDeadline},
		{"Differs", testCacheDiffers},
		{"Abandoned", testCacheAbandoned},
		{"OwnWrites", testCacheOwnWrites},
		{"Staleness", testCacheStaleness},
		{"Privileges", testCachePrivileges},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, a) })
	}
}

// openCached opens a store on the server at addr, which uses the cache for sessions up to
// this age.
func (a Adapter) openCached(tb testing.TB, addr string, age time.Duration) Store {
	tb.Helper()
	target := a.at(addr)
	target.Cache = age
	return a.open(tb, target)
}

const key = prefix + "token"

// testCacheHit: a session that was found before is found without a round trip, until the
// server says that it has changed or is gone.
func testCacheHit(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.openCached(t, server.ClientAddr(), time.Minute)
	for _, data := range []string{"data", "more", ""} {
		server.Do(t, "SET", key, data, "EX", "3600")
		redistest.Poll(t, "Find = "+data, func() bool {
			b, found, _ := s.Find("token")
			same := string(b) == data
			copy(b, "XXXX") // from now on the client has it in its cache
			return found && same
		})
		WantFound(t, s, "token", data) // after which the store relies on the cache
		commands := server.Commands(t, func() {
			for range 100 {
				b, _, _ := s.Find("token")
				copy(b, "XXXX")
				WantFound(t, s, "token", data)
			}
		})
		if commands["get"] != 0 {
			t.Errorf("100 Finds of a cached session sent %v; want no GET", commands)
		}
	}
	server.Do(t, "DEL", key)
	redistest.Poll(t, "the session is gone", func() bool { _, found, err := s.Find("token"); return !found && err == nil })
}

// testCacheMiss: a Find does not rely on an earlier one that found no session. The client
// caches that too, and may not have heard yet that another process has committed the
// session.
func testCacheMiss(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.openCached(t, server.ClientAddr(), time.Minute)
	for range 3 {
		commands := server.Commands(t, func() {
			if b, found, err := s.Find("token"); found || err != nil {
				t.Fatalf("Find = %q, %v, %v; want nil, false, <nil>", b, found, err)
			}
		})
		if commands["get"] == 0 {
			t.Errorf("Find of a missing session sent %v; want a GET", commands)
		}
	}
	server.Do(t, "SET", key, "data")
	WantFound(t, s, "token", "data")
}

// testCacheExpiry: a cached session is not found after its own expiry, even if the
// server's message that it has expired never comes.
func testCacheExpiry(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{Proxied: true})
	for name, test := range map[string]struct{ delay, life time.Duration }{
		"InTime": {0, 300 * time.Millisecond},
		// The client may start to count when the reply arrives.
		"SlowReply": {400 * time.Millisecond, 700 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			const age = 3 * time.Second
			s := a.openCached(t, server.ClientAddr(), age)
			s.Find("other") // connects
			server.Proxy.Delay(test.delay)
			defer server.Proxy.Heal()
			var (
				token  string
				expiry time.Time
				late   time.Duration // how late the reply may have been
			)
			for life, found := test.life, false; !found; life *= 2 { // until the machine is fast enough
				token = fmt.Sprint("token ", life)
				asked := time.Now()
				expiry = asked.Add(life)
				server.Do(t, "SET", "scs:session:"+token, "data", "PXAT", fmt.Sprint(expiry.UnixMilli()))
				b, ok, err := s.Find(token)
				if err != nil || ok != (string(b) == "data") || !ok && time.Now().Before(expiry) {
					t.Fatalf("Find, %v before the expiry = %q, %v, %v", time.Until(expiry), b, ok, err)
				}
				found, late = ok, time.Since(asked)
			}
			server.Proxy.Stall(0)
			// A session that came later than a tenth of age is not served from the cache.
			for time.Now().Before(expiry.Add(min(late, age/10) + 10*time.Millisecond)) {
				time.Sleep(time.Millisecond)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if b, found, err := s.FindCtx(ctx, token); found {
				t.Errorf("Find, %v after the expiry = %q, %v, %v", time.Since(expiry), b, found, err)
			}
		})
	}
}

// testCacheEnds: without a server a Find fails at once, even if its context never ends.
// On a server that hangs a Find fails when its context ends.
func testCacheEnds(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.openCached(t, server.ClientAddr(), time.Second)
	s.Find("token") // connects
	resume := server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, found, err := s.FindCtx(ctx, "token"); found || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("FindCtx on a server that hangs = %v, %v; want %v", found, err, context.DeadlineExceeded)
	}
	t.Logf("a context of 50 ms: %v", time.Since(start))
	resume()
	server.Stop(t)
	start = time.Now()
	for range 3 {
		if _, found, err := s.Find("other"); found || err == nil {
			t.Errorf("Find without a server = %v, %v; want an error", found, err)
		}
	}
	if took := time.Since(start); took > 18*time.Second {
		t.Errorf("3 Finds without a server took %v; want at most 6 s each", took)
	}
}

// testCacheOtherType: a key of another type is no session, for each Find, and does
// not stay in the cache.
func testCacheOtherType(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.openCached(t, server.ClientAddr(), time.Minute)
	server.Do(t, "RPUSH", key, "data")
	for range 3 {
		if b, found, err := s.Find("token"); b != nil || found {
			t.Errorf("Find of a list = %q, %v, %v; want no session", b, found, err)
		}
	}
	server.Do(t, "DEL", key)
	MustCommit(t, s, "token", "data")
	WantFound(t, s, "token", "data")
}

// testCachePrivileges: if one of the permissions is missing, the client cannot be made,
// or sessions are not cached, or nobody says that they have changed.
func testCachePrivileges(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	p := pair{Adapter: a, topology: a.Topologies[0], cache: time.Hour}
	target := p.at(server.Addr).As(user, password)
	servers := []*redistest.Server{server}
	rule := p.rule(t, "Cache")
	p.checkRule(t, rule, rule, servers, func(t *testing.T) error {
		s, err := a.Open(t, target)
		if err != nil {
			return err
		}
		if err := tracked(t, server, s); err != nil {
			return err
		}
		return p.useAll(t, target, servers)
	})
}

// tracked returns an error if a session that is found is not cached, or is still found
// after it has been deleted.
func tracked(t *testing.T, server *redistest.Server, s Store) error {
	const token = "tracked"
	server.Do(t, "SET", "scs:session:"+token, "data", "EX", "3600")
	defer server.Do(t, "DEL", "scs:session:"+token)
	find := func() (bool, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, found, err := s.FindCtx(ctx, token)
		return found, err
	}
	for range 2 { // the first on a connection is not cached
		if found, err := find(); !found || err != nil {
			return fmt.Errorf("find = %v, %w", found, err)
		}
	}
	var err error
	if commands := server.Commands(t, func() { _, err = find() }); commands["get"] != 0 || err != nil {
		return fmt.Errorf("the third find sent %v, %w", commands, err)
	}
	server.Do(t, "DEL", "scs:session:"+token)
	for deleted := time.Now(); time.Since(deleted) < time.Second; time.Sleep(time.Millisecond) {
		if found, err := find(); !found || err != nil {
			return err
		}
	}
	return errors.New("found for a second after it had been deleted")
}
