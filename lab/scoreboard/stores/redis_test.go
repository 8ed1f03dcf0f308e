package stores

import (
	"testing"
	"time"

	scsgoredis "github.com/alexedwards/scs/goredisstore"
	scsredigo "github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/storetest"
)

func init() {
	suites["redisstore"] = onRedis(func(tb testing.TB, addr, prefix string) scs.Store {
		return scsredigo.NewWithPrefix(redigo(tb, addr), prefix)
	})
	suites["goredisstore"] = onRedis(func(tb testing.TB, addr, prefix string) scs.Store {
		return scsgoredis.NewWithPrefix(goRedis(tb, addr), prefix)
	})
}

// onRedis has a second store with a client of its own as another process, and a
// server that is killed and comes back with what it had acknowledged as the fault.
func onRedis(open func(tb testing.TB, addr, prefix string) scs.Store) suite {
	return func(t *testing.T) {
		server := redistest.Start(t, redistest.Options{Durable: true})
		var prefixes opened
		newStore := func(tb testing.TB, prefix string) scs.Store {
			return prefixes.add(open(tb, server.Addr, prefix), prefix)
		}
		storetest.Run(t,
			func(tb testing.TB) scs.Store { return newStore(tb, newPrefix()) },
			storetest.Peer(func(tb testing.TB, s scs.Store) scs.Store { return newStore(tb, prefixes.keyspace(s)) }),
			storetest.Fault(func(tb testing.TB, _ scs.Store) (heal func()) {
				server.Stop(tb)
				return func() { server.Restart(tb) }
			}))
	}
}

// redigo returns a pool that tests its connections, as redigo's documentation
// advises.
func redigo(tb testing.TB, addr string) *redis.Pool {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial: func() (redis.Conn, error) {
			return redis.Dial("tcp", addr,
				redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
		TestOnBorrow: func(c redis.Conn, _ time.Time) error {
			_, err := c.Do("PING")
			return err
		},
	}
	tb.Cleanup(func() { pool.Close() })
	return pool
}

func goRedis(tb testing.TB, addr string) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{
		Addr:        addr,
		DialTimeout: time.Second,
		ReadTimeout: time.Second,
		MaxRetries:  1, // dials have retries of their own, and the server is down often
	})
	tb.Cleanup(func() { client.Close() })
	return client
}
