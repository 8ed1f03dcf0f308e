// Package redigostore keeps the sessions of [github.com/alexedwards/scs/v2] in
// Redis, Valkey or a server compatible with them, through the client
// [github.com/gomodule/redigo].
//
// It reads and writes what scs's own redisstore does. What a Store promises is
// written at its methods, and the same for every client; what redigo adds is at
// [New] and [Options].
package redigostore

import (
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// Pool hands out connections. *redis.Pool is one, and so is the Cluster of
// github.com/mna/redisc, or a type that embeds a pointer to one.
type Pool interface {
	Get() redis.Conn
}

// Options are the settings of a Store. The zero value is right for most.
type Options struct {
	// Prefix is put before the token to make the Redis key. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:,
	// never see each other's sessions. Empty means "scs:session:", which is what
	// scs's own Redis stores use.
	Prefix string

	// Timeout bounds each of Find, Commit and Delete, with all its attempts, and each
	// round trip of All and Each, from the wait for a connection to the server's
	// reply. It takes the place of redis.DialReadTimeout for the store's commands. On
	// a Cluster a node has half of it to answer, so that there is time to ask another
	// one whether it has been replaced. Zero means 5 seconds.
	//
	// It also ends the wait for functions of the pool, such as Dial and
	// TestOnBorrow. Each then goes on in a goroutine until it returns. So that it
	// does, dial with redis.DialConnectTimeout, redis.DialReadTimeout and
	// redis.DialWriteTimeout. Three things only these settings bound: a write that is
	// larger than the socket's buffer; the reads of a connection whose type has no
	// DoWithTimeout; and a Dial for a call whose idle connection somebody else took
	// at the same moment.
	Timeout time.Duration

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

const defaultTimeout = 5 * time.Second

// Store is a session store for scs. It is safe for concurrent use. A goroutine
// of its own outlives a call only while a function of the pool does; see
// [Options].
type Store struct {
	sessions *redissession.Store
}

// New returns a Store that takes its connections from pool, with the key
// prefix "scs:session:".
//
// Connections that have broken in the pool cost no error: the store tries the
// others, and then new ones. It also gives up a connection to a replica that
// answers READONLY, and tries again over another one. On a redisc cluster it
// follows the sessions while slots move and primaries are replaced.
//
// A call uses one connection of a pool at a time, and none while the function that
// Each calls runs. On a redisc cluster All and Each connect to each primary, as its
// DialOptions and CreatePool say, and close these connections in the end.
func New(pool Pool) *Store {
	return NewWithOptions(pool, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon;
// see [Options]. An empty prefix makes the token itself the key.
func NewWithPrefix(pool Pool, prefix string) *Store {
	return newStore(pool, prefix, Options{})
}

// NewWithOptions is New with settings.
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
