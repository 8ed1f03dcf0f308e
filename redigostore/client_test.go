package redigostore_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/redigostore"
)

// newPool returns a pool as README.md advises, of at most max connections.
func newPool(tb testing.TB, server *url.URL, max int) *redis.Pool {
	pool := &redis.Pool{
		MaxActive: max,
		Wait:      true,
		MaxIdle:   max,
		Dial: func() (redis.Conn, error) {
			options := []redis.DialOption{redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second)}
			if password, ok := server.User.Password(); ok {
				options = append(options, redis.DialUsername(server.User.Username()), redis.DialPassword(password))
			}
			if server.Scheme == "unix" {
				return redis.Dial("unix", server.Path, options...)
			}
			return redis.Dial("tcp", server.Host, options...)
		},
		TestOnBorrow: func(c redis.Conn, _ time.Time) error {
			_, err := c.Do("PING")
			return err
		},
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

func openStore(tb testing.TB, server *url.URL, prefix string) adaptertest.Store {
	if prefix == "" {
		return redigostore.NewWithPrefix(newPool(tb, server, 10), "")
	}
	return redigostore.NewWithOptions(newPool(tb, server, 10), redigostore.Options{Prefix: prefix, Timeout: time.Second})
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
