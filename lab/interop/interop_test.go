// Package interop_test tries scs's own Redis stores on a real server, alone and beside ours.
package interop_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// TestTheirs tests what docs/guarantees.md says about scs's own stores, where lab/scoreboard
// does not. If it fails, the stores have changed, and the page must change too.
func TestTheirs(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	redigo, goRedis := scsredigo.New(newRedigo(t, server.Addr)), scsgoredis.New(newGoRedis(t, server.Addr))
	ctx, data, inAnHour := context.Background(), []byte("data"), time.Now().Add(time.Hour)

	got := server.Commands(t, func() { redigo.Commit("token", data, inAnHour) })
	if want := map[string]int{"multi": 1, "set": 1, "pexpireat": 1, "exec": 1}; !maps.Equal(got, want) {
		t.Errorf("redisstore: Commit sends %v; expected %v", got, want)
	}
	check(t, redigo.Commit("far", data, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
	if _, found, err := redigo.Find("far"); found || err != nil {
		t.Errorf("redisstore: after a Commit until 9999 found = %v, %v; expected false: the nanoseconds overflow", found, err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	err := goRedis.DeleteCtx(cancelled, "token")
	if _, found, _ := goRedis.FindCtx(ctx, "token"); !found || !errors.Is(err, context.Canceled) {
		t.Errorf("goredisstore: DeleteCtx, cancelled = %v, then found = %v; expected %v, true", err, found, context.Canceled)
	}

	for i := range 99 {
		check(t, redigo.Commit(fmt.Sprint("token", i), data, inAnHour))
	}
	all := map[string]func() (map[string][]byte, error){
		"keys": redigo.All,
		"scan": func() (map[string][]byte, error) { return goRedis.AllCtx(ctx) },
	}
	for command, all := range all {
		if got := server.Commands(t, func() { all() }); got["get"] != 100 || got[command] == 0 {
			t.Errorf("All of 100 sessions: %v; expected 100 GETs, each a round trip, and %s", got, command)
		}
	}
	small := newRedigo(t, server.Addr)
	small.MaxActive = 1 // Wait is false: otherwise All would wait for its own connection
	if sessions, err := scsredigo.New(small).All(); err == nil {
		t.Errorf("redisstore: All on a pool of one connection = %v; expected an error", sessions)
	}
	server.Do(t, "HSET", "scs:session:hash", "f", "v")
	for command, all := range all {
		if sessions, err := all(); err == nil {
			t.Errorf("All, with %s, with a hash under the prefix = %v; expected an error", command, sessions)
		}
	}

	resume := server.Pause(t)
	done := make(chan error, 1)
	go func() {
		_, _, err := redigo.Find("token")
		done <- err
	}()
	select {
	case err := <-done:
		t.Errorf("redisstore: Find on a hung server = %v; expected no result", err)
	case <-time.After(6 * time.Second): // longer than redigostore's default timeout
	}
	resume()
	<-done
}
