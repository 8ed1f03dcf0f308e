package main

import (
	"context"
	"time"

	scsredigo "github.com/alexedwards/scs/redisstore"
	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/redigostore"
)

// mostGoroutines is the most that call at the same time here. redigo's pool
// keeps so many connections, because it would dial for each call otherwise.
const mostGoroutines = 256

func openRedigo(t target, set func(*redis.Pool)) (*client, error) {
	pool := func(addr string) *redis.Pool {
		return &redis.Pool{MaxIdle: mostGoroutines, Dial: func() (redis.Conn, error) {
			return redis.Dial("tcp", addr)
		}}
	}
	if t.cluster {
		cluster := &redisc.Cluster{
			StartupNodes: t.addrs,
			CreatePool:   func(addr string, _ ...redis.DialOption) (*redis.Pool, error) { return pool(addr), nil },
		}
		if err := cluster.Refresh(); err != nil {
			return nil, err
		}
		bare := bareRedigo(cluster)
		bare.all = func(context.Context) (map[string][]byte, error) {
			sessions := make(map[string][]byte)
			err := cluster.EachNode(false, func(_ string, conn redis.Conn) error { return scanRedigo(conn, sessions) })
			return sessions, err
		}
		return &client{"redigo", []way{ofStore(redigostore.New(cluster)), bare}, func() { cluster.Close() }}, nil
	}
	p := pool(t.addrs[0])
	if set != nil {
		set(p)
	}
	bare := bareRedigo(p)
	bare.all = func(context.Context) (map[string][]byte, error) {
		conn := p.Get()
		defer conn.Close()
		sessions := make(map[string][]byte)
		return sessions, scanRedigo(conn, sessions)
	}
	scs := scsredigo.New(p)
	return &client{"redigo", []way{ofStore(redigostore.New(p)), bare, {
		via:    viaSCS,
		find:   func(_ context.Context, s session) ([]byte, bool, error) { return scs.Find(s.token) },
		delete: func(_ context.Context, s session) error { return scs.Delete(s.token) },
		all:    func(context.Context) (map[string][]byte, error) { return scs.All() },
		commit: func(_ context.Context, s session, b []byte, expiry time.Time) error {
			return scs.Commit(s.token, b, expiry)
		},
	}}, func() { p.Close() }}, nil
}

func bareRedigo(pool redigostore.Pool) way {
	return way{
		via: viaBare,
		find: func(_ context.Context, s session) ([]byte, bool, error) {
			conn := pool.Get()
			defer conn.Close()
			b, err := redis.Bytes(conn.Do("GET", s.key))
			if err == redis.ErrNil {
				return nil, false, nil
			}
			return b, err == nil, err
		},
		commit: func(_ context.Context, s session, b []byte, expiry time.Time) error {
			conn := pool.Get()
			defer conn.Close()
			_, err := conn.Do("SET", s.key, b, "PXAT", expiry.UnixMilli())
			return err
		},
		delete: func(_ context.Context, s session) error {
			conn := pool.Get()
			defer conn.Close()
			_, err := conn.Do("DEL", s.key)
			return err
		},
	}
}

// scanRedigo is a loop as one would write it by hand.
func scanRedigo(conn redis.Conn, sessions map[string][]byte) error {
	for cursor := "0"; ; {
		reply, err := redis.Values(conn.Do("SCAN", cursor, "MATCH", prefix+"*", "COUNT", 1000))
		if err != nil {
			return err
		}
		var keys []string
		if _, err := redis.Scan(reply, &cursor, &keys); err != nil {
			return err
		}
		for _, key := range keys {
			if err := conn.Send("GET", key); err != nil {
				return err
			}
		}
		if err := conn.Flush(); err != nil {
			return err
		}
		for _, key := range keys {
			b, err := redis.Bytes(conn.Receive())
			if err == redis.ErrNil {
				continue
			}
			if err != nil {
				return err
			}
			sessions[key[len(prefix):]] = b
		}
		if cursor == "0" {
			return nil
		}
	}
}
