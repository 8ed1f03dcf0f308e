package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
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

// An opener makes a store on a server, and a function that closes its client.
type opener func(redisServer) (store sessionStore, closeClient func(), err error)

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

	// tombstone is for how long a logout holds: much longer than the server lets a
	// request take.
	tombstone = 5 * time.Minute

	// timeout bounds connecting, and each command. Redis is near, or is down.
	timeout = 3 * time.Second
)

// openStore opens a store and checks that the server answers: two of the clients
// connect only when they are first used.
func openStore(ctx context.Context, open opener, server redisServer) (sessionStore, func(), error) {
	store, closeClient, err := open(server)
	if err == nil {
		if _, _, err = store.FindCtx(ctx, "none"); err == nil {
			return store, closeClient, nil
		}
		closeClient()
	}
	return nil, nil, fmt.Errorf("cannot use %s: %w", server, err)
}

func openRedigo(server redisServer) (sessionStore, func(), error) {
	options := []redigo.DialOption{
		redigo.DialConnectTimeout(timeout), redigo.DialReadTimeout(timeout), redigo.DialWriteTimeout(timeout),
		redigo.DialUsername(server.username), redigo.DialPassword(server.password), redigo.DialDatabase(server.db),
		redigo.DialUseTLS(server.tls != nil), redigo.DialTLSConfig(server.tls),
	}
	pool := &redigo.Pool{
		MaxIdle: 10, MaxActive: 10, Wait: true, IdleTimeout: time.Minute,
		DialContext: func(ctx context.Context) (redigo.Conn, error) {
			return redigo.DialContext(ctx, "tcp", server.addr, options...)
		},
		// redigo does not try again if an idle connection is broken.
		TestOnBorrow: func(conn redigo.Conn, _ time.Time) error {
			_, err := conn.Do("PING")
			return err
		},
	}
	store := redigostore.NewWithOptions(pool, redigostore.Options{
		Prefix: prefix, Timeout: timeout, Tombstone: tombstone, UserKey: nameKey,
	})
	return store, func() { pool.Close() }, nil
}

func openGoredis(server redisServer) (sessionStore, func(), error) {
	// Failures come back as errors and are logged once, here.
	logging.Disable()
	client := goredis.NewClient(&goredis.Options{
		Addr: server.addr, DB: server.db, TLSConfig: server.tls,
		Username: server.username, Password: server.password,
		DialTimeout: timeout, ReadTimeout: timeout, WriteTimeout: timeout,
		DialerRetries: 1, // times the attempts that commands have anyway
	})
	return goredisstore.NewWithOptions(client, goredisstore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey}), func() { client.Close() }, nil
}

func openRueidis(server redisServer) (sessionStore, func(), error) {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.addr}, SelectDB: server.db, TLSConfig: server.tls,
		Username: server.username, Password: server.password,
		Dialer: net.Dialer{Timeout: timeout, KeepAlive: timeout}, ConnWriteTimeout: timeout,
		ForceSingleClient: true, // clients take miniredis for a Cluster
		DisableCache:      true, // and has no CLIENT TRACKING
	})
	if err != nil {
		return nil, nil, err
	}
	return rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey}), client.Close, nil
}

// openRueian is openRueidis for the client's first path.
func openRueian(server redisServer) (sessionStore, func(), error) {
	client, err := rueian.NewClient(rueian.ClientOption{
		InitAddress: []string{server.addr}, SelectDB: server.db, TLSConfig: server.tls,
		Username: server.username, Password: server.password,
		Dialer: net.Dialer{Timeout: timeout, KeepAlive: timeout}, ConnWriteTimeout: timeout,
		DisableCache: true,
	})
	if err != nil {
		return nil, nil, err
	}
	return rueianstore.NewWithOptions(client, rueianstore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey}), client.Close, nil
}

// openValkey is openRueidis for its fork.
func openValkey(server redisServer) (sessionStore, func(), error) {
	client, err := valkey.NewClient(valkey.ClientOption{
		InitAddress: []string{server.addr}, SelectDB: server.db, TLSConfig: server.tls,
		Username: server.username, Password: server.password,
		Dialer: net.Dialer{Timeout: timeout, KeepAlive: timeout}, ConnWriteTimeout: timeout,
		ForceSingleClient: true, // clients take miniredis for a Cluster
		DisableCache:      true, // and has no CLIENT TRACKING
	})
	if err != nil {
		return nil, nil, err
	}
	return valkeystore.NewWithOptions(client, valkeystore.Options{Prefix: prefix, Tombstone: tombstone, UserKey: nameKey}), client.Close, nil
}
