// Package interop_test moves sessions between scs's own Redis stores and ours,
// in both directions, on a real server.
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
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

type store interface {
	scs.CtxStore
	scs.IterableCtxStore
}

// stores are scs's own store for a client, and our store that replaces it. The test
// Format of each adapter shows that all our stores write the same keys and values.
type stores struct {
	name         string
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

// plain adds methods with a context to scs's redisstore, which has none.
type plain struct{ *scsredigo.RedisStore }

func (s plain) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) }
func (s plain) DeleteCtx(_ context.Context, token string) error               { return s.Delete(token) }
func (s plain) AllCtx(context.Context) (map[string][]byte, error)             { return s.All() }
func (s plain) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}

// TestInterop: one store writes a session; the other reads, lists, changes and deletes it.
func TestInterop(t *testing.T) {
	for _, client := range clients {
		server := redistest.Start(t, redistest.Options{})
		theirs, ours := client.theirs(t, server.Addr), client.ours(t, server.Addr)
		t.Run(client.name+"/theirs to ours", func(t *testing.T) { exchange(t, server, theirs, ours) })
		t.Run(client.name+"/ours to theirs", func(t *testing.T) { exchange(t, server, ours, theirs) })
	}
}

const token = "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"

// exchange lets writer commit a session and reader use it.
func exchange(t *testing.T, server *redistest.Server, writer, reader store) {
	ctx := context.Background()
	data := "\x00\xff binary \r\n data"
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wantData := func(s store, want string) {
		t.Helper()
		b, found, err := s.FindCtx(ctx, token)
		if string(b) != want || !found || err != nil {
			t.Fatalf("Find = %q, %v, %v; want %q, true, <nil>", b, found, err, want)
		}
		all, err := s.AllCtx(ctx)
		if string(all[token]) != want || len(all) != 1 || err != nil {
			t.Fatalf("All = %q, %v; want the one session %q", all, err, want)
		}
	}
	check(writer.CommitCtx(ctx, token, []byte(data), time.Now().Add(time.Hour)))
	wantData(reader, data)

	check(reader.CommitCtx(ctx, token, []byte("changed"), time.Now().Add(2*time.Hour)))
	wantData(writer, "changed")
	wantTTL := func(whose string, want time.Duration) {
		t.Helper()
		ttl := time.Duration(server.Do(t, "PTTL", "scs:session:"+token).(int64)) * time.Millisecond
		if ttl < want-time.Minute || ttl > want {
			t.Errorf("expiry in %v; want the %s's %v", ttl, whose, want)
		}
	}
	wantTTL("reader", 2*time.Hour)

	check(reader.DeleteCtx(ctx, token))
	if _, found, err := writer.FindCtx(ctx, token); found || err != nil {
		t.Fatalf("Find after Delete = %v, %v; want false, <nil>", found, err)
	}

	check(writer.CommitCtx(ctx, token, []byte(data), time.Now().Add(time.Hour)))
	wantTTL("writer", time.Hour)
	server.Do(t, "PEXPIRE", "scs:session:"+token, "1")
	redistest.Poll(t, "the reader does not find what has expired", func() bool {
		_, found, err := reader.FindCtx(ctx, token)
		check(err)
		return !found
	})
}
