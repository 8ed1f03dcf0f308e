// Package adapters opens every adapter over a client of its own, for tests that
// treat them all alike.
package adapters

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	rueian "github.com/rueian/rueidis"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/redigostore"
	"github.com/scsredis/stores/rueidisstore"
	rueianstore "github.com/scsredis/stores/rueidisstore/rueian"
)

// Store is what every adapter's Store is.
type Store interface {
	scs.CtxStore
	scs.IterableStore
	scs.IterableCtxStore
	Each(ctx context.Context, fn func(token string, b []byte) error) error
}

// Adapter opens a store of one adapter on the server at addr, host:port, and
// closes its client when the test ends.
type Adapter struct {
	Name string
	Open func(tb testing.TB, addr, prefix string) Store
}

// All are the adapters.
var All = []Adapter{
	{"redigo", func(tb testing.TB, addr, prefix string) Store {
		return redigostore.NewWithPrefix(Redigo(tb, addr), prefix)
	}},
	{"goredis", func(tb testing.TB, addr, prefix string) Store {
		return goredisstore.NewWithPrefix(GoRedis(tb, addr), prefix)
	}},
	{"rueidis", func(tb testing.TB, addr, prefix string) Store {
		return rueidisstore.NewWithPrefix(Rueidis(tb, addr), prefix)
	}},
	{"rueian", func(tb testing.TB, addr, prefix string) Store {
		return rueianstore.NewWithPrefix(Rueian(tb, addr), prefix)
	}},
}

// Redigo returns a redigo pool on the server at addr.
func Redigo(tb testing.TB, addr string) *redis.Pool {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", addr, redis.DialConnectTimeout(time.Second)) },
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

// GoRedis returns a go-redis client on the server at addr.
func GoRedis(tb testing.TB, addr string) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: addr})
	tb.Cleanup(func() { client.Close() })
	return client
}

// Rueidis returns a rueidis client on the server at addr, without a cache:
// miniredis knows no CLIENT TRACKING.
func Rueidis(tb testing.TB, addr string) rueidis.Client {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:       []string{addr},
		DisableCache:      true,
		ForceSingleClient: true,
		Dialer:            net.Dialer{Timeout: time.Second},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

// Rueian is Rueidis under the client's first path.
func Rueian(tb testing.TB, addr string) rueian.Client {
	client, err := rueian.NewClient(rueian.ClientOption{
		InitAddress:  []string{addr},
		DisableCache: true,
		Dialer:       net.Dialer{Timeout: time.Second},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}
