// Package goredisstore keeps the sessions of [github.com/alexedwards/scs/v2] in
// Redis, Valkey or a server compatible with them, through the client
// [github.com/redis/go-redis/v9].
//
// It reads and writes what scs's own goredisstore does. What a Store promises is
// written at its methods, and the same for every client; what go-redis adds is
// at [New].
package goredisstore

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redissession"
)

// Client is what a Store needs of go-redis. Client, ClusterClient, Ring, the
// failover clients and a UniversalClient have it in every version of go-redis 9.
//
// A type of your own that wraps a ClusterClient or a Ring must let the other
// methods through that the store looks for: ForEachMaster and ReloadState, or
// ForEachShard and Len, and Options. If it hides a ClusterClient, All and Each are
// an error, and if it hides a Ring, they list one of its shards.
type Client interface {
	Process(ctx context.Context, cmd redis.Cmder) error
	Pipeline() redis.Pipeliner
}

// Options are the settings of a Store. The zero value is right for most.
type Options struct {
	// Prefix is put before the token to make the Redis key. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:,
	// never see each other's sessions. Empty means "scs:session:", which is what
	// scs's own Redis stores use.
	Prefix string

	// Tombstone is for how long a deleted session stays deleted. A request that is
	// under way while its user logs out commits its session once more in the end; for
	// this long after Delete such a Commit stores nothing and returns nil, in every
	// process that has the option. It has to be longer than the longest request; five
	// minutes is a good value. Zero means that such a Commit brings the session back.
	//
	// With it a token with a brace is malformed, like one with a colon. The user of
	// Redis needs more permissions; see the README. NewWithOptions panics if Prefix
	// has braces that are not one hash tag.
	Tombstone time.Duration

	// UserKey is the key of the session value that holds the ID of the user who is
	// logged in, the key of SessionManager.Put. It turns on UserSessions and
	// DeleteUserSessions: Commit then also writes an index of each user's sessions.
	// The ID is the value as fmt.Sprint gives it; a session without the value, or
	// with nil or an empty string, has no user. Empty means no index. UserKey implies
	// a Tombstone, of five minutes if that is zero.
	UserKey string

	// Codec decodes sessions for UserKey. It is the Codec of the SessionManager. Nil
	// means scs.GobCodec, which is scs's own default. A session that it cannot decode
	// has no user.
	Codec scs.Codec
}

// Store is a session store for scs. It is safe for concurrent use and starts
// no goroutine of its own that outlives a call; the client may.
type Store struct {
	sessions *redissession.Store
}

// New returns a Store that sends its commands through client, with the key
// prefix "scs:session:".
//
// The client's own settings bound each call. One attempt takes at most the sum of
// PoolTimeout, DialTimeout times DialerRetries where go-redis has it, WriteTimeout
// and ReadTimeout; MaxRetries is the number of further attempts, on a Cluster
// MaxRedirects. The README says what that comes to on a server that hangs.
//
// Sessions are always read from a primary, also with a client that caches on its
// side or reads from replicas. The README says what holds for a Ring and for
// clients in a type of your own.
func New(client Client) *Store {
	return NewWithOptions(client, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon;
// see [Options]. An empty prefix makes the token itself the key.
func NewWithPrefix(client Client, prefix string) *Store {
	return newStore(client, prefix, Options{})
}

// NewWithOptions is New with settings.
func NewWithOptions(client Client, opts Options) *Store {
	if opts.Prefix == "" {
		opts.Prefix = redissession.DefaultPrefix
	}
	return newStore(client, opts.Prefix, opts)
}

func newStore(client Client, prefix string, opts Options) *Store {
	if client == nil {
		panic("goredisstore: the client is nil")
	}
	return &Store{redissession.New("goredisstore", newClient(client), shared(prefix, opts))}
}
