// Package adaptertest holds the tests that every adapter passes. It knows no
// client: an adapter describes itself once, as an [Adapter], and each of its
// tests is one call of a function of this package.
//
// Tests that take long skip themselves under -short.
package adaptertest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Store is the interface of every adapter's Store.
type Store interface {
	scs.CtxStore
	scs.IterableStore
	scs.IterableCtxStore
	Each(ctx context.Context, fn func(token string, b []byte) error) error
	UserSessions(ctx context.Context, user string) (map[string][]byte, error)
	DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error)
	IndexUserSessions(ctx context.Context) error
}

// Adapter describes an adapter to its tests.
type Adapter struct {
	// Name is the name of the package, with which errors begin.
	Name string

	// Open returns a store over a client of its own, which it closes when the test ends.
	// It returns an error if the client needs a server to start and finds none.
	Open func(tb testing.TB, target Target) (Store, error)

	// Bare returns the calls that an application without the store would make on
	// such a client, for benchmarks.
	Bare func(tb testing.TB, target Target) (Bare, error)

	// README is the path of the README.md with the ACL rules, if it is not in the
	// folder of the test.
	README string

	// Topologies are those that the client can be used on. The first is one server.
	Topologies []Topology

	// ServerError reports whether err has the client's own type for an error that
	// a server answered, and its text: [ErrorOf] of that type.
	ServerError func(err error) (text string, ok bool)

	// Cache says that the adapter has Options.Cache.
	Cache bool

	// TCPOnly says that the client knows no unix sockets.
	TCPOnly bool

	// Unreachable names the addresses, of testAddresses, at which the client does not
	// reach the nodes of a Cluster.
	Unreachable []string

	// FixedPassword says that the client always logs in with the password that it
	// was made with.
	FixedPassword bool

	// Crashing names the bad replies, of badReplies, that make the client panic on
	// a goroutine of its own, which ends the process whatever a store does.
	Crashing []string
}

// ErrorOf returns the text of the E that err is or wraps.
func ErrorOf[E error](err error) (text string, ok bool) {
	var reply E
	if !errors.As(err, &reply) {
		return "", false
	}
	return reply.Error(), true
}

// Kind says which servers are started.
type Kind string

const (
	Standalone Kind = "standalone" // one server
	Replicated Kind = "replicated" // a primary and a replica; the client knows both addresses, the primary's first
	Sentinel   Kind = "sentinel"   // a primary with two replicas, and three sentinels
	Cluster    Kind = "cluster"    // three primaries, each with a replica
	Ring       Kind = "ring"       // three servers that do not know each other
)

// Topology is servers of one kind with one type or setting of the client.
type Topology struct {
	// Name names the client's type or setting, such as "ClusterClient". It is the
	// name of a sub-test and tells Adapter.Open which client to make.
	Name string

	Kind Kind

	// Bound is how long a call may take, whatever the servers do, if all waits of
	// the client are one second. All and Each may take it for each round trip.
	Bound time.Duration

	// Rule is the title of the ACL rule for this topology in the adapter's
	// README.md. Empty means that another topology has the same rule.
	Rule string

	// NewerRule is the title of the rule on Redis 8, Valkey 8 and later, if it is another
	// rule.
	NewerRule string

	// Unneeded are permissions of the rule that this version of the client can do
	// without. Other versions cannot.
	Unneeded []string

	// Resends says that a Commit or Delete whose connection broke may be sent
	// twice, so that it may take effect twice.
	Resends bool

	// LosesConnections says that this version of the client may forget a connection and
	// never close it. The tests still look for what the store itself leaves behind.
	LosesConnections bool

	// Variant says that the topology differs from an earlier one of this kind in a
	// setting that must make no difference. The tests of failovers and moving slots
	// leave it out.
	Variant bool
}

// Target says on what a store is opened, and how.
type Target struct {
	Topology Topology

	// Network is "tcp" or "unix". Addrs are the addresses that the client is given:
	// of the server, the sentinels or the nodes.
	Network string
	Addrs   []string

	// TLS is the client's configuration, nil where servers want none.
	TLS *tls.Config

	// Login returns the user and the password for a connection that is made now.
	// Any goroutine may call it at any time. Nil means no login.
	Login func() (user, password string)

	// SentinelLogin is the same for connections to sentinels.
	SentinelLogin func() (user, password string)

	// Timeout bounds every wait of the client: for a connection, and for reading or
	// writing a command. A call may wait more than once.
	Timeout time.Duration

	// Connections is the size of the client's pool. Zero means as many as it likes.
	Connections int

	// At each new connection the client selects Database and tells the server ClientName.
	// Zero and empty mean nothing.
	Database   int
	ClientName string

	// Prefix is the key prefix, also if it is empty.
	Prefix string

	// Tombstone, UserKey and Codec are the Options of that name.
	Tombstone time.Duration
	UserKey   string
	Codec     scs.Codec

	// Cache is Options.Cache, of adapters that have it.
	Cache time.Duration
}

// As returns the target for a user with this password.
func (t Target) As(user, password string) Target {
	t.Login = func() (string, string) { return user, password }
	t.SentinelLogin = t.Login
	return t
}

// Bare is what an application without the store would call: the client's own
// commands, on keys.
type Bare struct {
	Get func(ctx context.Context, key string) ([]byte, error)
	Set func(ctx context.Context, key string, value []byte, lifetime time.Duration) error
	Del func(ctx context.Context, key string) error

	// List reads all keys that begin with prefix as an application would: SCAN by the
	// thousand, and the GETs of each page in one round trip.
	List func(ctx context.Context, prefix string) (map[string][]byte, error)

	// CachedGet is Get by way of the client's own cache, nil if the client has none.
	CachedGet func(ctx context.Context, key string, age time.Duration) ([]byte, error)
}

const prefix = "scs:session:"

// open is Open, but fails the test if that returns an error.
func (a Adapter) open(tb testing.TB, target Target) Store {
	tb.Helper()
	s, err := a.Open(tb, target)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	return s
}

// newToken returns a token like scs's.
func newToken() string { return rand.Text() + "-_" + rand.Text()[:15] }
