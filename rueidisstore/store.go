// Package rueidisstore keeps the sessions of [github.com/alexedwards/scs/v2] in
// Redis, Valkey or a server compatible with them, through the client
// [github.com/redis/rueidis].
//
// It reads and writes what scs's own Redis stores do. What a Store promises is
// written at its methods, and the same for every client; what rueidis adds is
// at [New].
package rueidisstore

import (
	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

//go:generate sh ../scripts/generate.sh

// Options are the settings of a Store. The zero value is right for most.
type Options struct {
	// Prefix is put before the token to make the Redis key. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:,
	// never see each other's sessions. Empty means "scs:session:", which is what
	// scs's own Redis stores use.
	Prefix string
}

// Store is a session store for scs. It is safe for concurrent use and starts
// no goroutine that outlives a call.
type Store struct {
	sessions *redissession.Store
}

var (
	_ scs.Store            = (*Store)(nil)
	_ scs.CtxStore         = (*Store)(nil)
	_ scs.IterableStore    = (*Store)(nil)
	_ scs.IterableCtxStore = (*Store)(nil)
)

// New returns a Store that sends its commands through client, with the key
// prefix "scs:session:".
//
// The client's own settings bound each call: Dialer.Timeout, and
// ConnWriteTimeout plus twice Dialer.KeepAlive for a server that hangs. The store
// sends every command to the primary, also where the client's SendToReplicas
// would have sent reads elsewhere, and sees to retries itself: a command whose
// connection broke is sent again, one that timed out is not. rueidis's own
// retries of reads have no end but the context's.
func New(client rueidis.Client) *Store {
	return NewWithOptions(client, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon;
// see [Options]. An empty prefix makes the token itself the key.
func NewWithPrefix(client rueidis.Client, prefix string) *Store {
	if client == nil {
		panic("rueidisstore: the client is nil")
	}
	return &Store{redissession.New("rueidisstore", redisClient{client}, prefix)}
}

// NewWithOptions is New with settings.
func NewWithOptions(client rueidis.Client, opts Options) *Store {
	if opts.Prefix == "" {
		opts.Prefix = redissession.DefaultPrefix
	}
	return NewWithPrefix(client, opts.Prefix)
}
