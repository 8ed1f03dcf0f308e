// Package redigostore is a session store for [github.com/alexedwards/scs/v2] on Redis,
// Valkey and compatible servers. It is for applications with the client
// [github.com/gomodule/redigo/redis], on one server or Sentinel, or on a
// Cluster with github.com/mna/redisc:
//
//	pool := &redis.Pool{
//		MaxIdle: 10,
//		Dial: func() (redis.Conn, error) {
//			return redis.Dial("tcp", "localhost:6379",
//				redis.DialConnectTimeout(time.Second),
//				redis.DialReadTimeout(time.Second),
//				redis.DialWriteTimeout(time.Second))
//		},
//	}
//	sessions := scs.New()
//	sessions.Store = redigostore.New(pool)
//
// Set these three timeouts. [Options] has a timeout for calls, can make logouts final, and
// can log a user out everywhere.
//
// Keys and values are those of scs's own redisstore: an application that changes from it to
// this package keeps all sessions.
//
// The user of Redis needs the permissions in
// https://github.com/scsredis/stores/tree/main/redigostore#least-privilege.
package redigostore

import (
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// Pool gives out connections. It is a *redis.Pool, a *redisc.Cluster of
// github.com/mna/redisc, or a type that embeds one of these.
type Pool interface {
	Get() redis.Conn
}

// Options are the settings of a Store. The zero value is right for most
// applications.
type Options struct {
	// Prefix is the beginning of each key; the token follows it. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:, never see
	// each other's sessions. Empty means "scs:session:", as in scs's own Redis stores.
	Prefix string

	// Timeout bounds each call of Find, Commit and Delete, with all its attempts. In a
	// call of several round trips it bounds each of them: All, Each, the methods on a
	// user's sessions and, with UserKey, Commit and Delete. It replaces
	// redis.DialReadTimeout for the store's commands. On a Cluster the first node has
	// half of it to answer. Zero means 5 seconds.
	//
	// Set redis.DialConnectTimeout, redis.DialReadTimeout and redis.DialWriteTimeout too.
	// Only they bound a write that is larger than the socket's buffer, a read of a
	// connection whose type has no DoWithTimeout, and a Dial for a call whose idle
	// connection somebody else took at the same moment. A function of the pool, such as
	// Dial or TestOnBorrow, goes on in a goroutine until it returns, even if the call has
	// ended.
	Timeout time.Duration

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

const defaultTimeout = 5 * time.Second

// Store is a session store for scs. It is safe for concurrent use. It starts no goroutine
// that outlives a call, except while a function of the pool runs; see [Options]. It has
// nothing to close; close the pool when no request uses the Store any more.
type Store struct {
	sessions *redissession.Store
}

// New returns a Store that takes its connections from pool, with the key
// prefix "scs:session:".
//
// A broken connection in the pool causes no error: the store tries the others, and then
// a new one. If a primary has become a replica and answers READONLY, the store tries
// another connection. On a Cluster, calls work while slots move, and after a failover.
//
// A call uses one connection of the pool at a time. On a Cluster All and Each connect to
// all primaries, as its DialOptions and CreatePool say, and close these connections.
func New(pool Pool) *Store {
	return NewWithOptions(pool, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon; see
// [Options]. With an empty prefix the key is the token alone.
func NewWithPrefix(pool Pool, prefix string) *Store {
	return newStore(pool, prefix, Options{})
}

// NewWithOptions is New with settings. It panics if pool is nil.
func NewWithOptions(pool Pool, opts Options) *Store {
	if opts.Prefix == "" {
		opts.Prefix = redissession.DefaultPrefix
	}
	return newStore(pool, opts.Prefix, opts)
}

func newStore(pool Pool, prefix string, opts Options) *Store {
	if pool == nil {
		panic("redigostore: the pool is nil")
	}
	if opts.Timeout <= 0 {
		opts.Timeout = defaultTimeout
	}
	return &Store{redissession.New("redigostore", newClient(pool, opts.Timeout), shared(prefix, opts))}
}
