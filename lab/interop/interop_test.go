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

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/adapters"
)

// scsStores are scs's own stores on the server at addr.
var scsStores = map[string]func(tb testing.TB, addr string) adapters.Store{
	"redisstore": func(tb testing.TB, addr string) adapters.Store {
		return plain{scsredigo.New(adapters.Redigo(tb, addr))}
	},
	"goredisstore": func(tb testing.TB, addr string) adapters.Store {
		return withCtx{scsgoredis.New(adapters.GoRedis(tb, addr))}
	},
}

// plain makes scs's redisstore, which takes no context, an adapters.Store.
type plain struct{ *scsredigo.RedisStore }

func (s plain) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) }
func (s plain) DeleteCtx(_ context.Context, token string) error               { return s.Delete(token) }
func (s plain) AllCtx(context.Context) (map[string][]byte, error)             { return s.All() }
func (s plain) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}
func (s plain) Each(context.Context, func(string, []byte) error) error { panic("no such method") }

// withCtx makes scs's goredisstore, which needs a context, an adapters.Store.
type withCtx struct{ *scsgoredis.RedisStore }

func (s withCtx) All() (map[string][]byte, error)                        { return s.AllCtx(context.Background()) }
func (s withCtx) Each(context.Context, func(string, []byte) error) error { panic("no such method") }

// TestInterop: what one store writes, another reads, lists, changes and deletes.
func TestInterop(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	for scsName, open := range scsStores {
		theirs := open(t, server.Addr)
		for _, adapter := range adapters.All {
			ours := adapter.Open(t, server.Addr, "scs:session:")
			t.Run(scsName+"/to/"+adapter.Name, func(t *testing.T) { hand(t, server, theirs, ours) })
			t.Run(adapter.Name+"/to/"+scsName, func(t *testing.T) { hand(t, server, ours, theirs) })
		}
	}
}

const token = "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"

// hand lets writer make a session and reader do everything with it.
func hand(t *testing.T, server *redistest.Server, writer, reader adapters.Store) {
	ctx := context.Background()
	data := "\x00\xff binary \r\n data"
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wantData := func(s adapters.Store, want string) {
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
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, found, err := reader.FindCtx(ctx, token)
		check(err)
		if !found {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the reader finds what has expired")
		}
	}
}

// TestSwitch: an application changes its store, and its users stay logged in.
func TestSwitch(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	for scsName, open := range scsStores {
		for _, adapter := range adapters.All {
			t.Run(scsName+"/"+adapter.Name, func(t *testing.T) {
				manager := scs.New()
				manager.Store = open(t, server.Addr)
				ctx, err := manager.Load(context.Background(), "")
				if err != nil {
					t.Fatal(err)
				}
				manager.Put(ctx, "user", "alice")
				token, _, err := manager.Commit(ctx)
				if err != nil {
					t.Fatal(err)
				}

				manager.Store = adapter.Open(t, server.Addr, "scs:session:")
				ctx, err = manager.Load(context.Background(), token)
				if err != nil {
					t.Fatal(err)
				}
				if got := manager.GetString(ctx, "user"); got != "alice" {
					t.Fatalf("user = %q; want alice", got)
				}
				if err := manager.Destroy(ctx); err != nil {
					t.Fatal(err)
				}
				manager.Store = open(t, server.Addr)
				ctx, err = manager.Load(context.Background(), token)
				if err != nil {
					t.Fatal(err)
				}
				if manager.Exists(ctx, "user") {
					t.Fatal("the session is back after a logout")
				}
			})
		}
	}
}
