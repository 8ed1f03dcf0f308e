package topology

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
)

// newGoRedis returns a store on client, which is closed when the test ends.
func newGoRedis(tb testing.TB, client redis.UniversalClient, prefix string) Store {
	tb.Cleanup(func() { client.Close() })
	return goredisstore.NewWithPrefix(client, prefix)
}

func openGoRedis(tb testing.TB, servers *Servers, prefix string) Store {
	return newGoRedis(tb, redis.NewClient(&redis.Options{
		Addr: servers.Addrs()[0], DialTimeout: servers.Timeout, ReadTimeout: servers.Timeout, WriteTimeout: servers.Timeout, MaxRetries: 1,
	}), prefix)
}

func openGoRedisFailover(tb testing.TB, servers *Servers, prefix string) Store {
	return newGoRedis(tb, redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.SentinelName, SentinelAddrs: servers.Addrs(),
		DialTimeout: servers.Timeout, ReadTimeout: servers.Timeout, WriteTimeout: servers.Timeout, MaxRetries: 1,
	}), prefix)
}

func openGoRedisCluster(tb testing.TB, servers *Servers, prefix string) Store {
	return newGoRedis(tb, redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: servers.Addrs(), DialTimeout: servers.Timeout, ReadTimeout: servers.Timeout, WriteTimeout: servers.Timeout,
	}), prefix)
}

func openGoRedisRing(tb testing.TB, servers *Servers, prefix string) Store {
	addrs := make(map[string]string)
	for _, addr := range servers.Addrs() {
		addrs[addr] = addr
	}
	return newGoRedis(tb, redis.NewRing(&redis.RingOptions{
		Addrs: addrs, DialTimeout: servers.Timeout, ReadTimeout: servers.Timeout, WriteTimeout: servers.Timeout, MaxRetries: 1,
	}), prefix)
}
