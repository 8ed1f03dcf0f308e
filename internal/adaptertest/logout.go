package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/redistest"
)

// logout is the servers of a topology, for tests of the options Tombstone and
// UserKey. Each test has prefixes of its own.
type logout struct {
	pair
	primaries []*redistest.Server
	target    Target
}

// testLogout: with Tombstone a session that was deleted stays so. With UserKey the
// sessions of a user can be listed and deleted.
func testLogout(t *testing.T, p pair) {
	kind := p.topology.Kind
	if p.topology.Variant || p.cache > 0 || kind == Sentinel || kind == Replicated {
		Long(t)
	}
	l := logout{pair: p}
	if kind == Cluster {
		cluster := startPrimaries(t)
		l.primaries, l.target = cluster.Primaries, p.at(cluster.Addrs()...)
	} else {
		servers := StartServers(t, kind, redistest.Options{}, time.Hour)
		l.primaries, l.target = servers.Nodes, p.on(servers)
		if kind != Ring {
			l.primaries = servers.Nodes[:1]
		}
	}
	l.target.Timeout = 5 * time.Second // no server hangs, but the machine may be busy
	t.Run("SlowRequest", l.testSlowRequest)
	t.Run("RenewToken", l.testRenewToken)
	t.Run("Tombstones", l.testTombstones)
	t.Run("Users", l.testUsers)
	t.Run("Churn", l.testChurn)
	if kind == Cluster || kind == Ring {
		t.Run("BetweenWrites", l.testBetweenWrites)
	}
	if kind == Cluster {
		t.Run("Moving", l.testMoving)
	}
	if kind != Sentinel && kind != Replicated { // whose servers talk all the time
		t.Run("RoundTrips", l.testLogoutTrips)
	}
	if p.cache > 0 {
		t.Run("Cached", l.testCachedLogout)
	}
}

// setting is a store's options for logouts.
type setting struct {
	name      string
	tombstone time.Duration
	userKey   string
}

var (
	plain     = setting{name: "Plain"}
	tombstone = setting{name: "Tombstone", tombstone: time.Minute}
	users     = setting{name: "UserKey", userKey: "user"}
)

// with returns a store with these options, on a client of its own like another
// process.
func (l logout) with(t *testing.T, prefix string, s setting) Store {
	t.Helper()
	target := l.target
	target.Prefix, target.Tombstone, target.UserKey = prefix, s.tombstone, s.userKey
	return l.open(t, target)
}

// sessionOf returns the data of a session with this user, or without one if it is
// nil.
func sessionOf(tb testing.TB, user any) string {
	tb.Helper()
	values := map[string]any{"visits": 7}
	if user != nil {
		values["user"] = user
	}
	b, err := scs.GobCodec{}.Encode(time.Now().Add(time.Hour), values)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// testSlowRequest: a request commits its session after another has deleted it.
// Without the options the session comes back.
func (l logout) testSlowRequest(t *testing.T) {
	for _, prefix := range []string{"slow:", "{slow}:"} {
		for _, set := range []setting{plain, tombstone, users} {
			slow, other := l.with(t, prefix, set), l.with(t, prefix, set)
			for range 10 {
				token, data := newToken(), sessionOf(t, "anna")
				mustCommit(t, other, token, data)
				wantFound(t, slow, token, data)
				mustDelete(t, other, token)
				mustCommit(t, slow, token, data)
				for _, s := range []Store{slow, other} {
					if _, found, err := s.Find(token); found != (set == plain) || err != nil {
						t.Errorf("prefix %s, %s: Find after a late Commit = %v, %v; want %v", prefix, set.name, found, err, set == plain)
					}
				}
			}
		}
	}
}

// testRenewToken is testSlowRequest through SessionManager: a request that began
// before a login, which renews the token, or before a logout.
func (l logout) testRenewToken(t *testing.T) {
	const prefix = "renew:"
	for _, set := range []setting{plain, tombstone, users} {
		fast, slow := scs.New(), scs.New()
		fast.Store, slow.Store = l.with(t, prefix, set), l.with(t, prefix, set)
		// during makes a request that lasts while act is made, on the same session.
		during := func(token string, act func(ctx context.Context) error) (renewed string) {
			t.Helper()
			slowly, err1 := slow.Load(t.Context(), token)
			ctx, err2 := fast.Load(t.Context(), token)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			if err := act(ctx); err != nil {
				t.Fatal(err)
			}
			if fast.Status(ctx) != scs.Destroyed {
				var err error
				if renewed, _, err = fast.Commit(ctx); err != nil {
					t.Fatal(err)
				}
			}
			slow.Put(slowly, "page", "slow")
			if _, _, err := slow.Commit(slowly); err != nil {
				t.Errorf("%s: Commit of the slow request = %v; want nil", set.name, err)
			}
			if _, found, err := slow.Store.Find(token); token != "" && (found != (set == plain) || err != nil) {
				t.Errorf("%s: Find of the old token = %v, %v; want %v", set.name, found, err, set == plain)
			}
			return renewed
		}
		token := during("", func(ctx context.Context) error { fast.Put(ctx, "page", "first"); return nil })
		token = during(token, func(ctx context.Context) error { fast.Put(ctx, "user", "anna"); return fast.RenewToken(ctx) })
		if _, found, err := slow.Store.Find(token); !found || err != nil {
			t.Errorf("%s: Find of the new token = %v, %v; want true", set.name, found, err)
		}
		during(token, fast.Destroy)
	}
}

// testTombstones: each deleted session leaves one key, which expires, is no session,
// and is on the session's server: else a Cluster would refuse the script.
func (l logout) testTombstones(t *testing.T) {
	const n = 30
	for _, prefix := range []string{"tomb:", "{tomb}:"} {
		s := l.with(t, prefix, tombstone)
		tokens := make([]string, n)
		for i := range tokens {
			tokens[i] = newToken()
			mustCommit(t, s, tokens[i], "data")
			mustDelete(t, s, tokens[i])
			mustDelete(t, s, tokens[i])
		}
		keys := l.keys(t, prefix)
		if len(keys) != n {
			t.Errorf("prefix %s: %d keys after %d logouts; want a tombstone for each", prefix, len(keys), n)
		}
		for key, ttl := range keys {
			if ttl < 1 || ttl > time.Minute {
				t.Errorf("prefix %s: a tombstone that lives for %v; want a minute", prefix, ttl)
			}
			wantMissing(t, s, key[len(prefix):])
		}
		if all, err := s.All(); len(all) != 0 || err != nil {
			t.Errorf("prefix %s: All = %d sessions, %v; want none", prefix, len(all), err)
		}
		err := s.Each(t.Context(), func(string, []byte) error { return errors.New("a session") })
		if err != nil {
			t.Errorf("prefix %s: Each = %v; want no session", prefix, err)
		}
		for _, token := range []string{"{", "}", "a{b}c", "{" + tokens[0] + "}"} {
			if err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour)); err == nil {
				t.Errorf("Commit(%q) = nil; want an error", token)
			}
			wantMissing(t, s, token)
			mustDelete(t, s, token)
		}
	}
}

// testMoving: the slot of a session, its tombstone and the index moves. Until all its
// keys have moved, a server refuses a script on a session and its tombstone, of which
// it has one only.
func (l logout) testMoving(t *testing.T) {
	Long(t)
	const prefix = "{moving}:"
	s, data := l.with(t, prefix, users), []byte(sessionOf(t, "anna"))
	for range 200 { // stay
		mustCommit(t, s, newToken(), string(data))
	}
	m := migration{stop: make(chan struct{})}
	for range 4 {
		m.run(t, func() error {
			token := newToken()
			for _, call := range []func() error{
				func() error { return s.Commit(token, data, time.Now().Add(time.Hour)) },
				func() error { return s.Delete(token) },
				func() error { return s.Commit(token, data, time.Now().Add(time.Hour)) },
			} {
				if err := call(); err != nil {
					return err
				}
				m.count(1, "")
			}
			if _, found, err := s.Find(token); found || err != nil {
				return fmt.Errorf("find a deleted session = %v, %w", found, err)
			}
			return nil
		})
	}
	slot := l.primaries[0].KeySlot(t, prefix)
	moved := 0
	for from := owner(slot); moved < 20 && !t.Failed(); moved++ {
		redistest.MoveSlot(t, l.primaries, slot, l.primaries[(from+moved)%3], l.primaries[(from+moved+1)%3])
		before := m.made()
		redistest.Poll(t, "calls are made after the move", func() bool { return m.made() > before+40 || t.Failed() })
	}
	close(m.stop)
	m.workers.Wait()
	t.Logf("a slot moved %d times; %d calls", moved, m.calls)
}

// testCachedLogout: a session that this process has deleted is not found in its
// cache.
func (l logout) testCachedLogout(t *testing.T) {
	l.target.Cache = time.Hour
	for _, set := range []setting{tombstone, users} {
		s := l.with(t, "cached:", set)
		for range 300 {
			token, data := newToken(), sessionOf(t, "anna")
			mustCommit(t, l.with(t, "cached:", plain), token, data)
			for range 3 {
				wantFound(t, s, token, data)
			}
			mustDelete(t, s, token)
			wantMissing(t, s, token)
		}
	}
}

// testLogoutTrips counts round trips: as many as commands without the options, and
// with UserKey one more where a session has a user.
func (l logout) testLogoutTrips(t *testing.T) {
	oneServer := l.topology.Kind == Standalone && !l.topology.Variant
	for _, test := range []struct {
		setting
		user           any
		commit, delete int
	}{
		{tombstone, "anna", 1, 1},
		{users, nil, 1, 1},
		{users, "anna", 2, 2},
	} {
		if oneServer { // index and session in one pipeline
			test.commit = 1
		}
		s, data := l.with(t, "trips:", test.setting), sessionOf(t, test.user)
		commits, deletes := 99, 99
		for range 30 { // until all connections are made, and nothing else is sent
			token := newToken()
			commits = min(commits, l.trips(t, func() { mustCommit(t, s, token, data) }))
			deletes = min(deletes, l.trips(t, func() { mustDelete(t, s, token) }))
		}
		if commits != test.commit || deletes != test.delete {
			t.Errorf("%s, user %v: Commit in %d round trips, Delete in %d; want %d and %d",
				test.name, test.user, commits, deletes, test.commit, test.delete)
		}
	}
}

// trips returns how often the servers have read something while f ran, which is the
// number of round trips if nobody else has sent anything.
func (l logout) trips(t *testing.T, f func()) int {
	t.Helper()
	reads := func() (sum int) {
		for _, node := range l.primaries {
			n, _ := strconv.Atoi(node.Info(t, "stats", "total_reads_processed"))
			sum += n
		}
		return sum
	}
	before := reads()
	f()
	return reads() - before - 2*len(l.primaries) // the end of one connection, and the next INFO
}

// keys returns the keys with a prefix on all primaries, and how long they live:
// a negative number is for ever.
func (l logout) keys(t *testing.T, prefix string) map[string]time.Duration {
	t.Helper()
	const script = `
		local keys = redis.call('KEYS', ARGV[1] .. '*')
		local n = #keys
		for i = 1, n do keys[n + i] = redis.call('PTTL', keys[i]) end
		return keys`
	keys := make(map[string]time.Duration)
	for _, node := range l.primaries {
		reply := node.Do(t, "EVAL", script, "0", prefix).([]any)
		n := len(reply) / 2
		for i, key := range reply[:n] {
			keys[key.(string)] = time.Duration(reply[n+i].(int64)) * time.Millisecond
		}
	}
	return keys
}

// nodeOf returns the primary that has a key, nil if there is none.
func (l logout) nodeOf(t *testing.T, key string) *redistest.Server {
	t.Helper()
	i := slices.IndexFunc(l.primaries, func(node *redistest.Server) bool { return len(node.Do(t, "KEYS", key).([]any)) > 0 })
	if i < 0 {
		return nil
	}
	return l.primaries[i]
}
