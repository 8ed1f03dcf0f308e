package redigostore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// wrap makes the pool's connections ones that take no timeout, as those that a
// tracing library wraps.
func wrap(pool *redis.Pool) {
	dial := pool.Dial
	pool.Dial = func() (redis.Conn, error) {
		conn, err := dial()
		return struct{ redis.Conn }{conn}, err
	}
}

// onBothTypes runs test with a pool of one connection, and with one that wraps it.
func onBothTypes(t *testing.T, server redistest.Endpoint, test func(t *testing.T, pool *redis.Pool)) {
	t.Run("Plain", func(t *testing.T) { test(t, newPool(t, server, 1)) })
	t.Run("Wrapped", func(t *testing.T) {
		pool := newPool(t, server, 1)
		wrap(pool)
		test(t, pool)
	})
}

// newPool returns a pool as README.md advises, of at most max connections.
func newPool(tb testing.TB, server redistest.Endpoint, max int) *redis.Pool {
	pool := &redis.Pool{
		MaxActive: max,
		Wait:      true,
		MaxIdle:   max,
		Dial: func() (redis.Conn, error) {
			options := []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)}
			if server.TLS != nil {
				options = append(options, redis.DialUseTLS(true), redis.DialTLSConfig(server.TLS))
			}
			if server.Login != nil {
				user, password := server.Login()
				options = append(options, redis.DialUsername(user), redis.DialPassword(password))
			}
			return redis.Dial(server.Network, server.Addr, options...)
		},
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

func openStore(tb testing.TB, server redistest.Endpoint, prefix string) (adaptertest.Store, error) {
	if prefix == "" {
		return redigostore.NewWithPrefix(newPool(tb, server, 10), ""), nil
	}
	return redigostore.NewWithOptions(newPool(tb, server, 10), redigostore.Options{Prefix: prefix, Timeout: time.Second}), nil
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, adaptertest.Adapter{
		Open:  openStore,
		Bound: 4 * time.Second,
		IsReply: func(err error) (string, bool) {
			var reply redis.Error
			if !errors.As(err, &reply) {
				return "", false
			}
			return reply.Error(), true
		},
	})
}
