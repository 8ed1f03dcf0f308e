package interop_test

import (
	"context"
	"testing"
	"time"

	scsgoredis "github.com/alexedwards/scs/goredisstore"
	scsredigo "github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/redigostore"
)

type store interface {
	scs.CtxStore
	scs.IterableCtxStore
}

// stores are scs's own store for a client, and ours that takes its place. That all
// of ours write the same keys and values is a test of each adapter: Format.
type stores struct {
	client       string
	theirs, ours func(tb testing.TB, addr string) store
}

var clients = []stores{
	{
		"redigo",
		func(tb testing.TB, addr string) store { return plain{scsredigo.New(newRedigo(tb, addr))} },
		func(tb testing.TB, addr string) store { return redigostore.New(newRedigo(tb, addr)) },
	}, {
		"go-redis",
		func(tb testing.TB, addr string) store { return scsgoredis.New(newGoRedis(tb, addr)) },
		func(tb testing.TB, addr string) store { return goredisstore.New(newGoRedis(tb, addr)) },
	},
}

func newRedigo(tb testing.TB, addr string) *redis.Pool {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", addr, redis.DialConnectTimeout(time.Second)) },
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

func newGoRedis(tb testing.TB, addr string) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: addr})
	tb.Cleanup(func() { client.Close() })
	return client
}

// plain gives scs's redisstore, which takes no context, the methods with one.
type plain struct{ *scsredigo.RedisStore }

func (s plain) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) }
func (s plain) DeleteCtx(_ context.Context, token string) error               { return s.Delete(token) }
func (s plain) AllCtx(context.Context) (map[string][]byte, error)             { return s.All() }
func (s plain) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}
