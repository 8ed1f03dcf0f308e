// Code generated from rueidisstore/store.go by scripts/generate.sh; DO NOT EDIT.

// Package valkeystore is a session store for [github.com/alexedwards/scs/v2] on Redis,
// Valkey and compatible servers. It is for applications with the client
// [github.com/valkey-io/valkey-go], on one server, Sentinel or a Cluster:
//
//	client, err := valkey.NewClient(valkey.ClientOption{
//		InitAddress: []string{"localhost:6379"},
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	sessions := scs.New()
//	sessions.Store = valkeystore.New(client)
//
// Set the client's timeouts; [New] says which. [Options] can cache sessions, make logouts
// final, and log a user out everywhere.
//
// Keys and values are those of scs's own Redis stores: an application that changes from them to
// this package keeps all sessions.
//
// The user of Redis needs the permissions in
// https://github.com/scsredis/stores/tree/main/valkeystore#least-privilege.
package valkeystore

import (
	"cmp"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

// Options are the settings of a Store. The zero value is right for most
// applications.
type Options struct {
	// Prefix is the beginning of each key; the token follows it. It should end in a
	// colon: then stores with different prefixes, even app: and app:admin:, never see
	// each other's sessions. Empty means "scs:session:", as in scs's own Redis stores.
	Prefix string

	// Cache lets Find return a session from valkey-go's client-side cache, without a round
	// trip, for this long after it was found. The server says when a session has changed,
	// usually within a millisecond. Zero means that every Find asks the server.
	//
	// A Find that starts after a Commit or Delete of the same Store has returned sees it.
	// After a Commit or Delete, Find asks the server for the time of Cache. So one second
	// is better than a minute if requests often change their session.
	//
	// If the connection that brings the news hangs, Find may not see a change of another
	// process, even a logout, for as long as Cache. While the server is down, Find may
	// return a session for as long. Another Store over the same client is like another
	// process.
	//
	// Nothing is cached if the client has DisableCache, or ClientTrackingOptions without
	// OPTIN, or if the user of Redis may not run CLIENT CACHING YES.
	Cache time.Duration

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
// Set the client's timeouts, which bound each call: it takes at most twice
// Dialer.Timeout, or ConnWriteTimeout plus twice Dialer.KeepAlive if the server hangs,
// and 1.3 seconds of pauses. That is 13.3 seconds with valkey-go's defaults.
//
// The store sends every command to the primary, whatever SendToReplicas says. It sends a
// command again if the connection broke, if the server says that another server or
// another moment is right, or if another call's context ended while both waited for the
// same new connection. It does not repeat a command that timed out.
func New(client valkey.Client) *Store {
	return NewWithOptions(client, Options{})
}

// NewWithPrefix is New with another key prefix, which should end in a colon; see
// [Options]. With an empty prefix the key is the token alone.
func NewWithPrefix(client valkey.Client, prefix string) *Store {
	return newStore(client, prefix, Options{})
}

// NewWithOptions is New with settings. It panics if client is nil.
func NewWithOptions(client valkey.Client, opts Options) *Store {
	return newStore(client, cmp.Or(opts.Prefix, redissession.DefaultPrefix), opts)
}

func newStore(client valkey.Client, prefix string, opts Options) *Store {
	if client == nil {
		panic("valkeystore: the client is nil")
	}
	c := redissession.Cached(newClient(client), opts.Cache)
	return &Store{redissession.New("valkeystore", c, shared(prefix, opts))}
}
