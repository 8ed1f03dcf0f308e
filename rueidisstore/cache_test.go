package rueidisstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
	"github.com/scsredis/stores/storetest"
)

func openCached(tb testing.TB, server redistest.Endpoint, age time.Duration) *rueidisstore.Store {
	return rueidisstore.NewWithOptions(newClient(tb, server), rueidisstore.Options{Cache: age})
}

const key = "scs:session:token"

func commit(tb testing.TB, s *rueidisstore.Store, data string) {
	tb.Helper()
	if err := s.Commit("token", []byte(data), time.Now().Add(time.Hour)); err != nil {
		tb.Fatalf("Commit = %v", err)
	}
}

func wantFind(tb testing.TB, s *rueidisstore.Store, want string) {
	tb.Helper()
	if b, found, err := s.Find("token"); string(b) != want || !found || err != nil {
		tb.Fatalf("Find = %q, %v, %v; want %q, true, <nil>", b, found, err, want)
	}
}

// TestCacheConformance is TestConformance with sessions that are cached for so
// short a time that they are cached, written and cached again during each check.
// What another process changes at once is what a cache cannot know.
func TestCacheConformance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Durable: true})
	newStore, peer := adaptertest.Prefixes(func(tb testing.TB, prefix string) scs.Store {
		return rueidisstore.NewWithOptions(newClient(tb, server.Endpoint()),
			rueidisstore.Options{Prefix: prefix, Cache: 20 * time.Millisecond})
	})
	opts := []storetest.Option{
		storetest.Peer(peer),
		storetest.Fault(func(tb testing.TB, _ scs.Store) (heal func()) {
			server.Stop(tb)
			return func() { server.Restart(tb) }
		}),
	}
	for _, mode := range []string{"Plain", "Ctx"} {
		for _, check := range []string{"SeesOverwrite", "SeesDelete", "Linearizable"} {
			opts = append(opts, storetest.Skip(mode+"/Peer/"+check, "another process may find what was cached, for as long as Options.Cache"))
		}
	}
	storetest.Run(t, newStore, opts...)
}

// TestCacheHit: what has been found before is found without a round trip, until
// the server says that it has changed or is gone.
func TestCacheHit(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	s := openCached(t, server.Endpoint(), time.Minute)
	for _, data := range []string{"data", "more", ""} {
		server.Do(t, "SET", key, data, "EX", "3600")
		eventually(t, func() bool { b, found, _ := s.Find("token"); return found && string(b) == data })
		b, _, _ := s.Find("token")
		copy(b, "XXXX")
		_ = append(b, "XXXX"...)
		commands := server.Commands(t, func() {
			for range 100 {
				wantFind(t, s, data)
			}
		})
		if commands["get"] != 0 {
			t.Errorf("100 Finds of a cached session sent %v; want no GET", commands)
		}
	}
	server.Do(t, "DEL", key)
	eventually(t, func() bool { _, found, err := s.Find("token"); return !found && err == nil })
}

func eventually(tb testing.TB, done func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("not within 10 s")
		}
	}
}

// TestCacheMiss: that a session was missing is not remembered, although rueidis
// caches that, and may not have heard yet of the process that it is in now.
func TestCacheMiss(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	s := openCached(t, server.Endpoint(), time.Minute)
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
	wantFind(t, s, "data")
}

// TestCacheExpiry: a cached session is not found after its own expiry, although
// the server's word that it has expired never comes.
func TestCacheExpiry(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Proxied: true})
	for name, test := range map[string]struct{ delay, life time.Duration }{
		"InTime": {0, 300 * time.Millisecond},
		// rueidis starts to count when the reply arrives.
		"SlowReply": {400 * time.Millisecond, 700 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			const age = 3 * time.Second
			s := openCached(t, server.Endpoint(), age)
			s.Find("other") // connects
			server.Proxy.Delay(test.delay)
			defer server.Proxy.Heal()
			var (
				token  string
				expiry time.Time
				late   time.Duration // by how much the reply may have been
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
			// What came later than a tenth of age is not served from the cache.
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

// TestCacheShorterExpiry: a session that is committed again expires when the last
// Commit says.
func TestCacheShorterExpiry(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	s := openCached(t, server.Endpoint(), 100*time.Millisecond)
	commit(t, s, "data")
	time.Sleep(120 * time.Millisecond)
	wantFind(t, s, "data")
	wantFind(t, s, "data")
	expiry := time.Now().Add(300 * time.Millisecond)
	if err := s.Commit("token", []byte("data"), expiry); err != nil {
		t.Fatalf("Commit = %v", err)
	}
	for {
		start := time.Now()
		_, found, err := s.Find("token")
		switch {
		case err != nil:
			t.Fatalf("Find = %v", err)
		case found && start.After(expiry.Add(50*time.Millisecond)): // a reply's time
			t.Fatalf("Find, %v after the expiry: found", start.Sub(expiry))
		case !found:
			return
		}
	}
}

// TestCacheNoRetry: no server is an error at once, with a context that never
// ends; and one that hangs is an error when the context ends.
func TestCacheNoRetry(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	s := openCached(t, server.Endpoint(), time.Second)
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

// TestCacheDisabled: a client without a cache, and a server that knows of none,
// give the right answers.
func TestCacheDisabled(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	cluster := redistest.StartCluster(t)
	for name, opts := range map[string]rueidis.ClientOption{
		"Off":     {InitAddress: []string{server.Addr}},
		"RESP2":   {InitAddress: []string{server.Addr}, AlwaysRESP2: true},
		"Cluster": {InitAddress: []string{cluster[0].Addr}},
	} {
		t.Run(name, func(t *testing.T) {
			opts.DisableCache = true
			client, err := rueidis.NewClient(opts)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			s := rueidisstore.NewWithOptions(client, rueidisstore.Options{Cache: time.Millisecond})
			other := rueidisstore.New(client)
			for i := range 100 {
				data := fmt.Sprint("data ", i)
				commit(t, other, data)
				wantFind(t, s, data)
				commit(t, s, data+" more")
				wantFind(t, s, data+" more")
				time.Sleep(2 * time.Millisecond)
			}
			if err := other.Delete("token"); err != nil {
				t.Fatal(err)
			}
			if _, found, err := s.Find("token"); found || err != nil {
				t.Errorf("Find = %v, %v; want false, <nil>", found, err)
			}
		})
	}
}

// TestCacheErrors: what the server answers instead is the client's error, for
// each Find, also where rueidis has cached it.
func TestCacheErrors(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	s := openCached(t, server.Endpoint(), time.Minute)
	server.Do(t, "RPUSH", key, "data")
	for range 3 {
		var reply *rueidis.RedisError
		if _, found, err := s.Find("token"); found || !errors.As(err, &reply) || !strings.HasPrefix(reply.Error(), "WRONGTYPE") {
			t.Errorf("Find of a list = %v, %v; want WRONGTYPE", found, err)
		}
	}
	server.Do(t, "DEL", key)
	commit(t, s, "data")
	wantFind(t, s, "data")
}

// BenchmarkCacheHit compares a Find that is served from the cache, of one session
// and of one after the other of many, with what rueidis alone takes for it and with
// a Find that asks the server.
func BenchmarkCacheHit(b *testing.B) {
	client := newClient(b, redistest.Start(b, redistest.Options{}).Endpoint())
	asking := rueidisstore.New(client)
	cached := rueidisstore.NewWithOptions(client, rueidisstore.Options{Cache: time.Hour})
	tokens := make([]string, 10_000)
	for i := range tokens {
		tokens[i] = fmt.Sprintf("%043d", i)
		if err := asking.Commit(tokens[i], bytes.Repeat([]byte("x"), 1024), time.Now().Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
	find := func(s *rueidisstore.Store) func(context.Context, string) error {
		return func(ctx context.Context, token string) error {
			_, _, err := s.FindCtx(ctx, token)
			return err
		}
	}
	rueidisAlone := func(ctx context.Context, token string) error {
		cmd := client.B().Get().Key("scs:session:" + token).Cache()
		return client.DoCache(ctx, cmd, time.Hour).Error()
	}
	for _, bench := range []struct {
		name   string
		tokens []string
		find   func(context.Context, string) error
	}{
		{"one", tokens[:1], find(cached)},
		{"many", tokens, find(cached)},
		{"rueidis", tokens, rueidisAlone},
		{"asking", tokens, find(asking)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			ctx := b.Context()
			for _, token := range bench.tokens {
				bench.find(ctx, token)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := bench.find(ctx, bench.tokens[i%len(bench.tokens)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestCacheAllocations: a hit allocates the copy, the key and the context.
func TestCacheAllocations(t *testing.T) {
	client := newClient(t, redistest.Start(t, redistest.Options{}).Endpoint())
	s := rueidisstore.NewWithOptions(client, rueidisstore.Options{Cache: time.Hour})
	commit(t, rueidisstore.New(client), "data")
	for range 3 {
		wantFind(t, s, "data")
	}
	ctx := t.Context()
	adaptertest.AllocationsOf(t, 3, func() { s.FindCtx(ctx, "token") })
}
