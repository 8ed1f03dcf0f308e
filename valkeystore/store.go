// Code generated from rueidisstore/store.go by scripts/generate.sh; DO NOT EDIT.

// Package valkeystore keeps the sessions of [github.com/alexedwards/scs/v2] in
// Redis, Valkey or a server compatible with them, through the client
// [github.com/valkey-io/valkey-go].
//
// It reads and writes what scs's own Redis stores do. What a Store promises is
// written at its methods, and the same for every client; what valkey-go adds is
// at [New].
package valkeystore

import (
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

// Options are the settings of a Store. The zero value is right for most.
type Options struct {
	// Prefix is put before the token to make the Redis key. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:,
	// never see each other's sessions. Empty means "scs:session:", which is what
	// scs's own Redis stores use.
	Prefix string

	// Cache makes Find read from valkey-go's client-side cache: a session found in
	// it costs no round trip. Zero means that every Find asks the server. It is
	// the age at which an entry is not used any more; usually the server says
	// earlier that the session has changed, within about a millisecond.
	//
	// A Find that starts after a Commit or Delete of the same Store has returned
	// sees it, as without a cache. What another process has changed, and another
	// Store over the same client is like one, may go unnoticed for as long as
	// Cache, a logout too, if the connection hangs that would bring the news; and
	// so long may Find have sessions when the server is down. After a Commit or
	// Delete the server is asked for this session for the time of Cache, so one
	// second is better than a minute if requests often change their session.
	//
	// The client needs its cache for it, and the server must let it say CLIENT
	// CACHING YES. Otherwise Find asks the server: with DisableCache, for a user
	// without that permission, and with ClientTrackingOptions without OPTIN.
	Cache time.Duration

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
// The client's own settings bound each call: twice Dialer.Timeout, or
// ConnWriteTimeout plus twice Dialer.KeepAlive for a server that hangs. The store
// sends every command to the primary, also where the client's SendToReplicas would
// have sent reads elsewhere, and sees to retries itself: a command whose connection
// broke, or was being made by a call whose context ended, or whose server says that
// another one or another moment is right, is sent again, with at most 1.3 seconds
// of pauses. One that timed out is not. valkey-go's own retries of reads have no end
// but the context's.
func New(client valkey.Client) *Store {
	return NewWithOptions(client, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon;
// see [Options]. An empty prefix makes the token itself the key.
func NewWithPrefix(client valkey.Client, prefix string) *Store {
	return newStore(client, prefix, Options{})
}

// NewWithOptions is New with settings.
func NewWithOptions(client valkey.Client, opts Options) *Store {
	if opts.Prefix == "" {
		opts.Prefix = redissession.DefaultPrefix
	}
	return newStore(client, opts.Prefix, opts)
}

func newStore(client valkey.Client, prefix string, opts Options) *Store {
	if client == nil {
		panic("valkeystore: the client is nil")
	}
	var c redissession.Client = newClient(client)
	if opts.Cache > 0 {
		c = newCachedClient(client, opts.Cache)
	}
	return &Store{redissession.New("valkeystore", c, shared(prefix, opts))}
}
