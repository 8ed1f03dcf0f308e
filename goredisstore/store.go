// Package goredisstore is a session store for [github.com/alexedwards/scs/v2] on Redis,
// Valkey and compatible servers. It is for applications with the client
// [github.com/redis/go-redis/v9], on one server, Sentinel, a Cluster or a Ring:
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	sessions := scs.New()
//	sessions.Store = goredisstore.New(client)
//
// Set the client's timeouts; [New] says which. [Options] can make logouts final, and log
// a user out everywhere.
//
// Keys and values are those of scs's own goredisstore: an application that changes from it to
// this package keeps all sessions.
//
// The user of Redis needs the permissions in
// https://github.com/scsredis/stores/tree/main/goredisstore#least-privilege.
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
// A type of your own that wraps a ClusterClient must also have its methods
// ForEachMaster, ReloadState and Options, and one that wraps a Ring ForEachShard, Len
// and Options. Without them All and Each fail on a Cluster, and list one shard of a
// Ring.
type Client interface {
	Process(ctx context.Context, cmd redis.Cmder) error
	Pipeline() redis.Pipeliner
}

// Options are the settings of a Store. The zero value is right for most
// applications.
type Options struct {
	// Prefix is the beginning of each key; the token follows it. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:, never see
	// each other's sessions. Empty means "scs:session:", as in scs's own Redis stores.
	Prefix string

	// Tombstone is for how long a deleted session stays deleted. For this time after
	// Delete, a Commit of the session stores nothing and returns nil, in every process
	// that has the option. Without it, a request that runs during a logout brings the
	// session back when it ends. It must be longer than the longest request; five
	// minutes is a good value. Zero means no tombstones, or five minutes with UserKey.
	//
	// It needs more permissions in Redis, for scripts. A token with a brace is then
	// malformed, like one with a colon. NewWithOptions panics if Prefix has braces that
	// are not one hash tag.
	Tombstone time.Duration

	// UserKey is the key of the session value that holds the user's ID, as in
	// SessionManager.Put. It turns on UserSessions and DeleteUserSessions: Commit then
	// also writes an index of each user's sessions. Empty means no index.
	//
	// The ID is what fmt.Sprint makes of the value, so let the value be a string or a
	// number. A session without the value, or with nil or an empty string, has no user.
	UserKey string

	// Codec decodes sessions for UserKey. It must be the Codec of the SessionManager. A
	// session that it cannot decode has no user, so each process needs the application's
	// calls of gob.Register. Nil means scs.GobCodec, scs's default.
	Codec scs.Codec
}

// Store is a session store for scs. It is safe for concurrent use. It starts no goroutine
// that outlives a call; the client may. It has nothing to close; close the client when no
// request uses the Store any more.
type Store struct {
	sessions *redissession.Store
}

// New returns a Store that sends its commands through client, with the key
// prefix "scs:session:".
//
// Set the client's timeouts, which bound each call: with go-redis's defaults a call may
// wait for more than two minutes for a server that hangs. One attempt takes at most the
// sum of PoolTimeout, DialTimeout (times DialerRetries, where go-redis has it),
// WriteTimeout and ReadTimeout. MaxRetries is the number of further attempts, on a
// Cluster MaxRedirects. With Tombstone the store repeats a call on a session whose
// slot is moving, with at most 1.3 seconds of pauses.
//
// Sessions are always read from a primary, also if the client caches or reads from
// replicas. While a shard of a Ring is down, every call fails.
func New(client Client) *Store {
	return NewWithOptions(client, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon; see
// [Options]. With an empty prefix the key is the token alone.
func NewWithPrefix(client Client, prefix string) *Store {
	return newStore(client, prefix, Options{})
}

// NewWithOptions is New with settings. It panics if client is nil.
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
