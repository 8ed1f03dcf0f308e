package adaptertest

import (
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
	servers := p.start(t)
	l := logout{pair: p, primaries: servers.Nodes, target: p.on(servers)}
	if kind == Sentinel || kind == Replicated {
		l.primaries = servers.Nodes[:1]
	}
	l.target.Timeout = 5 * time.Second // no server hangs, but the machine may be busy
	t.Run("SlowRequest", l.testSlowRequest)
	t.Run("Tombstones", l.testTombstones)
	t.Run("Users", l.testUsers)
	t.Run("Churn", l.testChurn)
	if kind == Cluster || kind == Ring {
		t.Run("BetweenWrites", l.testBetweenWrites)
	}
	if kind == Cluster {
		t.Run("Moving", l.testMoving)
	}
	if kind != Sentinel && kind != Replicated { // their servers talk all the time
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

// testLogoutTrips counts round trips: one, or with UserKey at most two for a session that
// has a user.
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
		t.Run(fmt.Sprint(test.name, " ", test.user), func(t *testing.T) { // each closes its client when it ends
			s, data := l.with(t, "trips:", test.setting), sessionOf(t, test.user)
			commits, deletes := 99, 99
			for range 30 { // until all connections are made, and nothing else is sent
				token := newToken()
				commits = min(commits, l.trips(t, func() { MustCommit(t, s, token, data) }))
				deletes = min(deletes, l.trips(t, func() { mustDelete(t, s, token) }))
			}
			if commits > test.commit || deletes > test.delete {
				t.Errorf("Commit in %d round trips, Delete in %d; want at most %d and %d", commits, deletes, test.commit, test.delete)
			}
		})
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

// keys returns the keys with a prefix on all primaries, and how long they live. A
// negative number means for ever.
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
