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

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestInterop: one store writes a session; the other reads, lists, changes and deletes it.
// The test Format of each adapter shows that all our stores write the same keys and values.
func TestInterop(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	pool, client := newRedigo(t, server.Addr), newGoRedis(t, server.Addr)
	for name, stores := range map[string]struct{ theirs, ours scs.Store }{
		"redigo":   {scsredigo.New(pool), redigostore.New(pool)},
		"go-redis": {scsgoredis.New(client), goredisstore.New(client)},
	} {
		t.Run(name+"/theirs to ours", func(t *testing.T) { exchange(t, server, stores.theirs, stores.ours) })
		t.Run(name+"/ours to theirs", func(t *testing.T) { exchange(t, server, stores.ours, stores.theirs) })
	}
}

func exchange(t *testing.T, server *redistest.Server, writerStore, readerStore scs.Store) {
	writer, reader := scs.New(), scs.New()
	writer.Store, reader.Store = writerStore, readerStore
	reader.IdleTimeout = time.Hour // ends a session before its Lifetime of a day
	var token string
	load := func(m *scs.SessionManager) context.Context {
		t.Helper()
		ctx, err := m.Load(t.Context(), token)
		check(t, err)
		return ctx
	}
	put := func(m *scs.SessionManager, data string, life time.Duration) {
		t.Helper()
		ctx := load(m)
		m.Put(ctx, "data", data)
		var err error
		token, _, err = m.Commit(ctx)
		check(t, err)
		left := time.Duration(server.Do(t, "PTTL", "scs:session:"+token).(int64)) * time.Millisecond
		if left < life-time.Minute || left > life {
			t.Errorf("the session expires in %v; want %v", left, life)
		}
	}
	want := func(m *scs.SessionManager, want string) {
		t.Helper()
		if got := m.GetString(load(m), "data"); got != want {
			t.Errorf("the session has %q; want %q", got, want)
		}
		var all []string
		check(t, m.Iterate(t.Context(), func(ctx context.Context) error {
			all = append(all, m.Token(ctx)+m.GetString(ctx, "data"))
			return nil
		}))
		if len(all) != 1 || all[0] != token+want {
			t.Errorf("listed %q; want %q", all, token+want)
		}
	}

	put(writer, "\x00\xff binary \r\n data", writer.Lifetime)
	want(reader, "\x00\xff binary \r\n data")
	put(reader, "changed", reader.IdleTimeout)
	want(writer, "changed")
	check(t, reader.Destroy(load(reader)))
	if got := writer.GetString(load(writer), "data"); got != "" {
		t.Errorf("after Destroy the session has %q; want none", got)
	}
	if keys := server.Do(t, "DBSIZE"); keys != int64(0) {
		t.Errorf("after Destroy there are %d keys; want none", keys)
	}
}
