package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"
	redigo "github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/rueidis"
	rueian "github.com/rueian/rueidis"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/redigostore"
	"github.com/scsredis/stores/rueidisstore"
	rueianstore "github.com/scsredis/stores/rueidisstore/rueian"
	"github.com/scsredis/stores/valkeystore"
	"github.com/valkey-io/valkey-go"
)

// sessionStore is what the application needs of a store.
type sessionStore interface {
	scs.CtxStore
	Each(ctx context.Context, fn func(token string, b []byte) error) error
	UserSessions(ctx context.Context, user string) (map[string][]byte, error)
	DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error)
}

// An opener makes a store, and a function that closes its client. The server is
// described by go-redis's options, because they have what every client asks for.
type opener func(server *goredis.Options) (store sessionStore, closeClient func(), err error)

var clients = map[string]opener{
	"redigo":  openRedigo,
	"goredis": openGoredis,
	"rueidis": openRueidis,
	"rueian":  openRueian,
	"valkey":  openValkey,
}

// clientNames returns the names of the clients as a text.
func clientNames() string { return strings.Join(slices.Sorted(maps.Keys(clients)), ", ") }

// The settings of every store and of its client.
const (
	// prefix keeps the demo's sessions apart from those of a real application on the
	// same server.
	prefix = "demo:session:"

	// tombstone is how long a logout holds. It is much longer than the server lets a
	// request take.
	tombstone = 5 * time.Minute

	// timeout bounds connecting, and each command.
	timeout = 3 * time.Second
)

func openRedigo(server *goredis.Options) (sessionStore, func(), error) {
	options := []redigo.DialOption{
		redigo.DialConnectTimeout(timeout), redigo.DialReadTimeout(timeout), redigo.DialWriteTimeout(timeout),
		redigo.DialUsername(server.Username), redigo.DialPassword(server.Password), redigo.DialDatabase(server.DB),
		redigo.DialUseTLS(server.TLSConfig != nil), redigo.DialTLSConfig(server.TLSConfig),
	}
	pool := &redigo.Pool{
		MaxIdle: 10, MaxActive: 10, Wait: true,
		DialContext: func(ctx context.Context) (redigo.Conn, error) {
			return redigo.DialContext(ctx, "tcp", server.Addr, options...)
		},
	}
	store := redigostore.NewWithOptions(pool, redigostore.Options{
		Prefix: prefix, Timeout: timeout, Tombstone: tombstone, UserKey: nameKey,
	})
	return store, func() { pool.Close() }, nil
}

func openGoredis(server *goredis.Options) (sessionStore, func(), error) {
	logging.Disable() // the application logs the errors that it gets
	client := goredis.NewClient(&goredis.Options{
		Addr: server.Addr, DB: server.DB, TLSConfig: server.TLSConfig,
		Username: server.Username, Password: server.Password,
		DialTimeout: timeout, ReadTimeout: timeout, WriteTimeout: timeout,
		DialerRetries: 1, // for each of the attempts that a command has anyway
	})
	store := goredisstore.NewWithOptions(client, goredisstore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey})
	return store, func() { client.Close() }, nil
}

func openRueidis(server *goredis.Options) (sessionStore, func(), error) {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr}, SelectDB: server.DB, TLSConfig: server.TLSConfig,
		Username: server.Username, Password: server.Password,
		Dialer: net.Dialer{Timeout: timeout, KeepAlive: timeout}, ConnWriteTimeout: timeout,
		ForceSingleClient: true, // it takes miniredis for a Cluster
		DisableCache:      true, // miniredis has no CLIENT TRACKING
	})
	if err != nil {
		return nil, nil, err
	}
	store := rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey})
	return store, client.Close, nil
}

func openRueian(server *goredis.Options) (sessionStore, func(), error) {
	client, err := rueian.NewClient(rueian.ClientOption{
		InitAddress: []string{server.Addr}, SelectDB: server.DB, TLSConfig: server.TLSConfig,
		Username: server.Username, Password: server.Password,
		Dialer: net.Dialer{Timeout: timeout, KeepAlive: timeout}, ConnWriteTimeout: timeout,
		DisableCache: true, // as in openRueidis
	})
	if err != nil {
		return nil, nil, err
	}
	store := rueianstore.NewWithOptions(client, rueianstore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey})
	return store, client.Close, nil
}

func openValkey(server *goredis.Options) (sessionStore, func(), error) {
	client, err := valkey.NewClient(valkey.ClientOption{
		InitAddress: []string{server.Addr}, SelectDB: server.DB, TLSConfig: server.TLSConfig,
		Username: server.Username, Password: server.Password,
		Dialer: net.Dialer{Timeout: timeout, KeepAlive: timeout}, ConnWriteTimeout: timeout,
		ForceSingleClient: true, DisableCache: true, // as in openRueidis
	})
	if err != nil {
		return nil, nil, err
	}
	store := valkeystore.NewWithOptions(client, valkeystore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey})
	return store, client.Close, nil
}

// parseRedisURL reads redis://user:password@host:port/db, where all parts but the scheme
// may be left out. Its error does not quote the URL, because that may have a password in
// it.
func parseRedisURL(url string) (*goredis.Options, error) {
	server, err := goredis.ParseURL(url)
	if err != nil || server.Network != "tcp" || server.DB < 0 {
		return nil, errors.New("-redis: not a URL like redis://user:password@host:port/database, or rediss:// for TLS " +
			"(in a password, write / ? # @ % as %2F %3F %23 %40 %25)")
	}
	return server, nil
}

// startEmbedded starts a Redis server inside this process.
func startEmbedded() (*goredis.Options, error) {
	m := miniredis.NewMiniRedis()
	// By default time stands still in a miniredis, and no session would expire.
	m.ClockTTL(true)
	// It listens on a port, and the machine's other users must not read tokens.
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.Start(); err != nil {
		return nil, fmt.Errorf("embedded miniredis: %w", err)
	}
	return &goredis.Options{Addr: m.Addr(), Password: password}, nil
}
