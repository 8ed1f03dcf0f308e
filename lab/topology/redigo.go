package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

func dialOptions(timeout time.Duration) []redis.DialOption {
	return []redis.DialOption{
		redis.DialConnectTimeout(timeout), redis.DialReadTimeout(timeout), redis.DialWriteTimeout(timeout),
	}
}

// newRedigo returns a store on pool, which is closed when the test ends.
func newRedigo(tb testing.TB, pool interface {
	redigostore.Pool
	Close() error
}, servers *Servers, prefix string) Store {
	tb.Cleanup(func() { pool.Close() })
	return redigostore.NewWithOptions(pool, redigostore.Options{Prefix: prefix, Timeout: servers.Timeout})
}

func openPool(tb testing.TB, servers *Servers, prefix string) Store {
	return newRedigo(tb, newPool(func(ctx context.Context) (redis.Conn, error) {
		return redis.DialContext(ctx, "tcp", servers.Addrs()[0], dialOptions(servers.Timeout)...)
	}), servers, prefix)
}

func newPool(dial func(ctx context.Context) (redis.Conn, error)) *redis.Pool {
	return &redis.Pool{
		MaxIdle:     16,
		DialContext: dial,
		TestOnBorrow: func(c redis.Conn, lastUsed time.Time) error {
			if time.Since(lastUsed) < time.Second {
				return nil
			}
			_, err := c.Do("PING")
			return err
		},
	}
}

func openSentinelPool(tb testing.TB, servers *Servers, prefix string) Store {
	return newRedigo(tb, newPool(func(ctx context.Context) (redis.Conn, error) {
		return dialPrimary(ctx, servers)
	}), servers, prefix)
}

// dialPrimary connects to the server that the first of the sentinels to answer
// calls the primary, if it agrees.
func dialPrimary(ctx context.Context, servers *Servers) (redis.Conn, error) {
	options := dialOptions(servers.Timeout)
	var errs []error
	for _, sentinel := range servers.Addrs() {
		addr, err := primaryAddr(ctx, sentinel, options)
		if err != nil {
			errs = append(errs, fmt.Errorf("sentinel %s: %w", sentinel, err))
			continue
		}
		conn, err := redis.DialContext(ctx, "tcp", addr, options...)
		if err != nil {
			return nil, err
		}
		role, err := redis.Values(redis.DoContext(conn, ctx, "ROLE"))
		if err == nil && (len(role) == 0 || string(role[0].([]byte)) != "master") {
			err = fmt.Errorf("%s is not the primary any more, or not yet", addr)
		}
		if err != nil {
			conn.Close()
			return nil, err
		}
		return conn, nil
	}
	return nil, errors.Join(errs...)
}

func primaryAddr(ctx context.Context, sentinel string, options []redis.DialOption) (string, error) {
	conn, err := redis.DialContext(ctx, "tcp", sentinel, options...)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	addr, err := redis.Strings(redis.DoContext(conn, ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", redistest.SentinelName))
	if err != nil {
		return "", err
	}
	if len(addr) != 2 {
		return "", fmt.Errorf("reply of %d elements", len(addr))
	}
	return net.JoinHostPort(addr[0], addr[1]), nil
}

func openRedisc(tb testing.TB, servers *Servers, prefix string) Store {
	cluster := &redisc.Cluster{
		StartupNodes: servers.Addrs(),
		DialOptions:  dialOptions(servers.Timeout),
		PoolWaitTime: servers.Timeout,
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			return newPool(func(ctx context.Context) (redis.Conn, error) {
				return redis.DialContext(ctx, "tcp", addr, options...)
			}), nil
		},
	}
	return newRedigo(tb, cluster, servers, prefix)
}
