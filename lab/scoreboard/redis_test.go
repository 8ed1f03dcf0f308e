package scoreboard

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

// onRedis returns a suite whose Peer is a store with a client of its own, and whose Fault
// stops the server and restarts it with all acknowledged writes.
func onRedis(open func(addr, prefix string) (scs.Store, func() error)) suite {
	return func(t *testing.T) {
		server := redistest.Start(t, redistest.Options{Durable: true})
		k := keyspaces{
			fresh: func(testing.TB) string { return unique() + ":" },
			open: func(_ testing.TB, prefix string) (scs.Store, func()) {
				s, closeClient := open(server.Addr, prefix)
				return s, func() { closeClient() }
			},
		}
		k.run(t, storetest.Peer(k.peer), storetest.Prefix(k.at),
			storetest.Fault(func(tb testing.TB, _ scs.Store) (heal func()) {
				server.Stop(tb)
				return func() { server.Restart(tb) }
			}))
	}
}

// openRedigo has a pool that tests idle connections, as redigo's documentation
// recommends.
func openRedigo(addr, prefix string) (scs.Store, func() error) {
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
	return scsredigo.NewWithPrefix(pool, prefix), pool.Close
}

func openGoRedis(addr, prefix string) (scs.Store, func() error) {
	client := goredis.NewClient(&goredis.Options{
		Addr:        addr,
		DialTimeout: time.Second,
		ReadTimeout: time.Second,
		MaxRetries:  1, // dials are retried separately, and the server is often down
	})
	return scsgoredis.NewWithPrefix(client, prefix), client.Close
}
