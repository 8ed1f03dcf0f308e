package rueidisstore_test

import (
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

const (
	cachingUser   = "cacher on >secret resetkeys -@all ~scs:session:* +get +ping +role +info +cluster|slots +cluster|shards +client|tracking +multi +pttl +exec +asking"
	allowCaching  = "cacher +client|caching"
	refuseCaching = "cacher -client|caching"
)

// asCacher returns options that log every connection of the client in as the user cacher.
func asCacher(addrs ...string) rueidis.ClientOption {
	opts := quick(addrs...)
	opts.Username, opts.Password = "cacher", "secret"
	return opts
}

// wantLogout finds a session a few times, and wants a logout elsewhere to be seen
// at once.
func wantLogout(t *testing.T, s *rueidisstore.Store, other *rueidisstore.Store, token string) {
	t.Helper()
	adaptertest.MustCommit(t, other, token, "data")
	for range 5 {
		adaptertest.WantFound(t, s, token, "data")
	}
	if err := other.Delete(token); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Second); ; {
		b, found, err := s.Find(token)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("Find, a second after the session was deleted elsewhere = %q, %v, %v; want nil, false, <nil>", b, found, err)
		}
		if !found {
			return
		}
	}
}

// TestCacheUntracked: a session is not cached if the server does not say when it changes.
func TestCacheUntracked(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	server.AddUser(t, cachingUser)
	cluster := redistest.StartCluster(t)
	for _, node := range cluster {
		node.AddUser(t, cachingUser)
	}
	broadcasting := quick(server.Addr)
	broadcasting.ClientTrackingOptions = []string{"BCAST", "PREFIX", "elsewhere:"}
	several := asCacher(cluster[0].Addr)
	several.PipelineMultiplex = 2
	for name, opts := range map[string]rueidis.ClientOption{
		"Refused":         asCacher(server.Addr),
		"RefusedCluster":  asCacher(cluster[0].Addr),
		"RefusedMultiple": several,
		"OtherPrefix":     broadcasting,
	} {
		t.Run(name, func(t *testing.T) {
			s := rueidisstore.NewWithOptions(connect(t, opts), rueidisstore.Options{Cache: time.Hour})
			other := rueidisstore.New(connect(t, quick(opts.InitAddress...)))
			for i := range 20 {
				wantLogout(t, s, other, string(rune('a'+i)))
			}
		})
	}
}

// TestCacheTracked: a session is cached again once the server allows it, but not after
// another server that does not allow it has taken its place.
func TestCacheTracked(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{Proxied: true})
	replacement := redistest.Start(t, redistest.Options{})
	server.AddUser(t, cachingUser)
	replacement.AddUser(t, cachingUser)
	s := rueidisstore.NewWithOptions(connect(t, asCacher(server.ClientAddr())), rueidisstore.Options{Cache: time.Hour})
	other := rueidisstore.New(connect(t, quick(server.Addr)))
	wantLogout(t, s, other, "refused")

	server.AddUser(t, allowCaching)
	wantLogout(t, s, other, "allowed")
	commands := server.Commands(t, func() {
		adaptertest.MustCommit(t, other, "token", "data")
		for range 100 {
			adaptertest.WantFound(t, s, "token", "data")
		}
	})
	if commands["get"] > 3 {
		t.Errorf("100 Finds of a session that may be cached sent %v; want 2 or 3 GETs", commands)
	}

	server.AddUser(t, refuseCaching)
	wantLogout(t, s, other, "refused again")
	server.AddUser(t, allowCaching)
	wantLogout(t, s, other, "allowed again")
	server.Proxy.Retarget(replacement.Network, replacement.Addr)
	server.Proxy.Cut()
	other = rueidisstore.New(connect(t, quick(replacement.Addr)))
	wantLogout(t, s, other, "replaced")
}
