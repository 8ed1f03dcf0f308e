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

	// Timeout bounds Find, Commit and Delete, and each round trip of All and Each,
	// from waiting for a connection to the server's reply, because redigo itself
	// never gives up on a server that hangs. It takes the place of
	// redis.DialReadTimeout for the store's commands. On a Cluster a node has half
	// of it to answer, so that there is time to ask another one whether it has been
	// replaced. Zero means 5 seconds.
	//
	// Three waits are redigo's alone: set redis.DialConnectTimeout if the pool
	// has Dial and not DialContext, redis.DialReadTimeout if TestOnBorrow sends
	// a command, and redis.DialWriteTimeout for writes larger than a socket's
	// buffer. A connection whose type has no DoWithTimeout is not bounded. A redisc
	// cluster waits for a connection for its own PoolWaitTime, and asks for the
	// nodes with redis.DialReadTimeout: set both, and redis.DialConnectTimeout.
	Timeout time.Duration
}

const defaultTimeout = 5 * time.Second

// Store is a session store for scs. It is safe for concurrent use and starts
// no goroutine of its own that outlives a call; the client may.
type Store struct {
	sessions *redissession.Store
}

var (
	_ scs.Store            = (*Store)(nil)
	_ scs.CtxStore         = (*Store)(nil)
	_ scs.IterableStore    = (*Store)(nil)
	_ scs.IterableCtxStore = (*Store)(nil)
)

// New returns a Store that takes its connections from pool, with the key
// prefix "scs:session:".
//
// The pool should test idle connections (TestOnBorrow), or the first commands
// after a restart of the server fail: redigo does not try again. The store does
// so only where another connection may lead to another server: when a replica
// answers READONLY, whose connection it gives up; and on a redisc cluster, which it
// follows while slots move and primaries are replaced.
//
// All and Each use one connection of a pool at a time. On a redisc cluster they
// make one to each primary, as its DialOptions and CreatePool say, and end it.
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
	return &Store{redissession.New("redigostore", newClient(pool, opts.Timeout), prefix)}
}
