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
		{"Miss", testCacheMiss},
		{"Expiry", testCacheExpiry},
		{"Ends", testCacheEnds},
		{"DuringCommit", testCacheDuringCommit},
		{"Differs", testCacheDiffers},
		{"OwnWrites", testCacheOwnWrites},
		{"Staleness", testCacheStaleness},
		{"Privileges", testCachePrivileges},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, a) })
	}
}

// openCached opens a store on the server, which uses the cache for sessions up to this age.
func (a Adapter) openCached(tb testing.TB, server *redistest.Server, age time.Duration) Store {
	tb.Helper()
	target := a.target(server)
	target.Cache = age
	return a.open(tb, target)
}

const key = prefix + "token"

// findText finds the session with the key, and returns its data and found. It writes into
// the slice, which is not the cache's.
func findText(ctx context.Context, s Store) (string, error) {
	b, found, err := s.FindCtx(ctx, "token")
	text := fmt.Sprintf("%q %v", b, found)
	copy(b, "XXXX")
	return text, err
}

// testCacheMiss: a Find does not rely on an earlier one that found no session, or a key of
// another type. The client caches that too, and may not have heard yet that another
// process has committed the session.
func testCacheMiss(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.openCached(t, server, time.Minute)
	server.Do(t, "RPUSH", prefix+"list", "data")
	for _, token := range []string{"missing", "list"} {
		for range 3 {
			commands := server.Commands(t, func() {
				if b, found, err := s.Find(token); b != nil || found || err != nil && token == "missing" {
					t.Errorf("Find of a %s session = %q, %v, %v; want none", token, b, found, err)
				}
			})
			if commands["get"] == 0 {
				t.Errorf("Find of a %s session sent %v; want a GET", token, commands)
			}
		}
		server.Do(t, "DEL", prefix+token)
		server.Do(t, "SET", prefix+token, "data")
		WantFound(t, s, token, "data")
	}
}

// testCacheExpiry: a cached session is not found after its own expiry, even if the
// server's message that it has expired never comes.
func testCacheExpiry(t *testing.T, a Adapter) {
	for name, test := range map[string]struct{ delay, life time.Duration }{
		"InTime": {0, 300 * time.Millisecond},
		// The client may start to count when the reply arrives.
		"SlowReply": {400 * time.Millisecond, 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			const age = 2 * time.Second
			server := redistest.Start(t, redistest.Options{Proxied: true})
			s := a.openCached(t, server, age)
			WantMissing(t, s, "other") // connects
			server.Proxy.Delay(test.delay)
			defer server.Proxy.Heal() // before the client is closed
			var (
				token  string
				expiry time.Time
			)
			for life, found := test.life, false; !found; life *= 2 { // until the machine is fast enough
				token, expiry = life.String(), time.Now().Add(life)
				server.Do(t, "SET", prefix+token, "data", "PXAT", fmt.Sprint(expiry.UnixMilli()))
				for range 2 { // the read into the cache and its proof
					var err error
					if _, found, err = s.Find(token); !found && time.Now().Before(expiry) {
						t.Fatalf("Find, %v before the expiry = %v, %v", time.Until(expiry), found, err)
					}
				}
			}
			server.Proxy.Stall(0)
			// A session that came later than a tenth of age is not served from the cache.
			time.Sleep(time.Until(expiry.Add(age/10 + 10*time.Millisecond)))
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
	s := a.openCached(t, server, time.Second)
	s.Find("token") // connects
	resume := server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, found, err := s.FindCtx(ctx, "token"); found || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("FindCtx on a server that hangs = %v, %v; want %v", found, err, context.DeadlineExceeded)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, err := s.FindCtx(ctx, "other"); err == nil || err.Error() != a.Name+": find: context canceled" {
		t.Errorf("FindCtx, cancelled = %v; want %v", err, context.Canceled)
	}
	resume()
	server.Stop(t)
	for range 3 {
		err := inTime(t, a.Topologies[0].Bound, "Find", func() error { _, _, err := s.Find("other"); return err })
		if err == nil {
			t.Error("Find without a server = <nil>; want an error")
		}
	}
}

// testCachePrivileges: with the permissions that README.md names, a session that was found
// before is found without a round trip, until the server says that it has changed or is
// gone. If one of them is missing, the client cannot be made, or sessions are not cached,
// or nobody says that they have changed.
func testCachePrivileges(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	p := pair{Adapter: a, topology: a.Topologies[0], cache: time.Hour}
	target := p.at(server.Addr).As(user, password)
	rule, servers := p.rule(t, "Cache"), []*redistest.Server{server}
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
// after it has changed or is gone.
func tracked(t *testing.T, server *redistest.Server, s Store) error {
	for _, data := range []string{"data", "more", ""} {
		server.Do(t, "SET", key, data, "EX", "3600")
		want := fmt.Sprintf("%q true", data)
		for range 2 { // the first may be the read into the cache, and the second its proof
			if err := findSoon(s, want); err != nil {
				return err
			}
		}
		var err error
		commands := server.Commands(t, func() {
			for i := 0; i < 100 && err == nil; i++ {
				err = findSoon(s, want)
			}
		})
		if commands["get"] != 0 || err != nil {
			return fmt.Errorf("100 Finds of a cached session sent %v, %v; want no GET", commands, err)
		}
	}
	server.Do(t, "DEL", key)
	return findSoon(s, `"" false`)
}

// findSoon makes Finds for a second, until one returns want.
func findSoon(s Store, want string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for start := time.Now(); ; {
		got, err := findText(ctx, s)
		switch {
		case err != nil || got == want:
			return err
		case time.Since(start) > time.Second:
			return fmt.Errorf("for a second Find = %s; want %s", got, want)
		}
	}
}
