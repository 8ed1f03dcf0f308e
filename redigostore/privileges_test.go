package redigostore_test

import (
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

func TestSentinelPrivileges(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelPrivileges(t, "README.md", "Sentinel", func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
		pool := &redis.Pool{
			MaxIdle: 10,
			Dial:    func() (redis.Conn, error) { return dialPrimary(addrs, redistest.SentinelName, login...) },
		}
		tb.Cleanup(func() { pool.Close() })
		return redigostore.New(pool), nil
	})
}

var login = []redis.DialOption{
	redis.DialUsername(adaptertest.User), redis.DialPassword(adaptertest.Password),
	redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second),
}
