package main

import (
	"context"
	"time"

	scsgoredis "github.com/alexedwards/scs/goredisstore"
	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
)

// openGoRedis opens a go-redis client with its own defaults, unless set changes
// them. If over is not nil, our store works over what it makes of the client.
func openGoRedis(t target, set func(*redis.Options), over func(*redis.Client) (goredisstore.Client, error)) (*client, error) {
	if t.cluster {
		cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: t.addrs})
		bare := bareGoRedis(cluster)
		bare.all = func(ctx context.Context) (map[string][]byte, error) {
			sessions := make(map[string][]byte)
			var nodes []*redis.Client
			found := make(chan *redis.Client, 16)
			err := cluster.ForEachMaster(ctx, func(_ context.Context, node *redis.Client) error {
				found <- node
				return nil
			})
			close(found)
			for node := range found {
				nodes = append(nodes, node)
			}
			for _, node := range nodes {
				if err == nil {
					err = scanGoRedis(ctx, node, sessions)
				}
			}
			return sessions, err
		}
		return &client{"go-redis", []way{ofStore(goredisstore.New(cluster)), bare}, func() { cluster.Close() }}, nil
	}
	opts := &redis.Options{Addr: t.addrs[0]}
	if set != nil {
		set(opts)
	}
	c := redis.NewClient(opts)
	var under goredisstore.Client = c
	if over != nil {
		var err error
		if under, err = over(c); err != nil {
			c.Close()
			return nil, err
		}
	}
	bare := bareGoRedis(c)
	bare.all = func(ctx context.Context) (map[string][]byte, error) {
		sessions := make(map[string][]byte)
		return sessions, scanGoRedis(ctx, c, sessions)
	}
	scs := scsgoredis.New(c)
	return &client{"go-redis", []way{ofStore(goredisstore.New(under)), bare, {
		via:    viaSCS,
		find:   func(ctx context.Context, s session) ([]byte, bool, error) { return scs.FindCtx(ctx, s.token) },
		delete: func(ctx context.Context, s session) error { return scs.DeleteCtx(ctx, s.token) },
		all:    scs.AllCtx,
		commit: func(ctx context.Context, s session, b []byte, expiry time.Time) error {
			return scs.CommitCtx(ctx, s.token, b, expiry)
		},
	}}, func() { c.Close() }}, nil
}

func bareGoRedis(c redis.Cmdable) way {
	return way{
		via: viaBare,
		find: func(ctx context.Context, s session) ([]byte, bool, error) {
			b, err := c.Get(ctx, s.key).Bytes()
			if err == redis.Nil {
				return nil, false, nil
			}
			return b, err == nil, err
		},
		commit: func(ctx context.Context, s session, b []byte, expiry time.Time) error {
			return c.Set(ctx, s.key, b, time.Until(expiry)).Err()
		},
		delete: func(ctx context.Context, s session) error { return c.Del(ctx, s.key).Err() },
	}
}

// scanGoRedis is a loop as one would write it by hand.
func scanGoRedis(ctx context.Context, c *redis.Client, sessions map[string][]byte) error {
	for cursor := uint64(0); ; {
		keys, next, err := c.Scan(ctx, cursor, prefix+"*", 1000).Result()
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			cmds := make([]*redis.StringCmd, len(keys))
			_, err := c.Pipelined(ctx, func(pipe redis.Pipeliner) error {
				for i, key := range keys {
					cmds[i] = pipe.Get(ctx, key)
				}
				return nil
			})
			if err != nil && err != redis.Nil {
				return err
			}
			for i, key := range keys {
				b, err := cmds[i].Bytes()
				if err == redis.Nil {
					continue
				}
				if err != nil {
					return err
				}
				sessions[key[len(prefix):]] = b
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}
