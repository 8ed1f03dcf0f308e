package adaptertest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

func wantAsked(t *testing.T, server *redistest.Server, s Store, want string) {
	t.Helper()
	if commands := server.Commands(t, func() { WantFound(t, s, "token", want) }); commands["get"] == 0 {
		t.Errorf("Find sent %v; want a GET", commands)
	}
}

// testCacheDuringCommit: from the beginning of a Commit a Find asks the server, which may
// have the session before the Commit returns.
func testCacheDuringCommit(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	server.Do(t, "SET", key, "data")
	target := a.target(server)
	target.Cache, target.Timeout = time.Minute, 10*time.Second
	s := a.open(t, target)
	for range 3 {
		WantFound(t, s, "token", "data")
	}
	server.Do(t, "CLIENT", "PAUSE", "60000", "WRITE")
	done := make(chan error)
	go func() { done <- s.Commit("token", []byte("more"), time.Now().Add(time.Hour)) }()
	redistest.Poll(t, "the Commit waits", func() bool { return server.Info(t, "clients", "blocked_clients") == "1" })
	server.Do(t, "CONFIG", "RESETSTAT")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s.FindCtx(ctx, "token") // which may wait behind the SET, on its connection
	server.Do(t, "CLIENT", "UNPAUSE")
	if err := <-done; err != nil {
		t.Errorf("Commit = %v", err)
	}
	redistest.Poll(t, "a GET has come", func() bool { return server.Info(t, "commandstats", "cmdstat_get") != "" })
	wantAsked(t, server, s, "more")
}

// testCacheLateReply: a Find that begins while the reply to an earlier one is on its way
// does not take that reply for its own.
func testCacheLateReply(t *testing.T, a Adapter) {
	const age = 30 * time.Millisecond
	server := redistest.Start(t, redistest.Options{Proxied: true})
	server.Do(t, "SET", key, "old")
	s := a.openCached(t, server.ClientAddr(), age)
	WantFound(t, s, "token", "old") // connects
	time.Sleep(2 * age)
	server.Proxy.Delay(250 * time.Millisecond)
	first := make(chan string)
	server.Commands(t, func() {
		go func() { b, _, _ := s.Find("token"); first <- string(b) }()
		redistest.Poll(t, "a GET has come", func() bool { return server.Info(t, "commandstats", "cmdstat_get") != "" })
	})
	server.Do(t, "SET", key, "new")
	time.Sleep(2 * age)
	WantFound(t, s, "token", "new")
	if got := <-first; got != "old" {
		t.Errorf("the first Find = %q; want what it had been answered, %q", got, "old")
	}
}

// testCacheOthersDeadline: a Find that waits for the read of another does not end
// with the other's deadline.
func testCacheOthersDeadline(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{Proxied: true})
	server.Do(t, "SET", key, "data")
	s := a.openCached(t, server.ClientAddr(), 10*time.Millisecond)
	WantFound(t, s, "token", "data") // connects
	time.Sleep(20 * time.Millisecond)
	server.Proxy.Delay(300 * time.Millisecond)
	first := make(chan error)
	server.Commands(t, func() {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			_, _, err := s.FindCtx(ctx, "token")
			first <- err
		}()
		redistest.Poll(t, "a GET has come", func() bool { return server.Info(t, "commandstats", "cmdstat_get") != "" })
	})
	WantFound(t, s, "token", "data")
	if err := <-first; err == nil {
		t.Error("the first Find = nil; want that its deadline has passed")
	}
}

// waiting is a context that tells when somebody waits for its end.
type waiting struct {
	context.Context
	once sync.Once
	told chan struct{}
}

func (w *waiting) Done() <-chan struct{} {
	w.once.Do(func() { close(w.told) })
	return w.Context.Done()
}

// testCacheDiffers: a Find waits for the read of another, asks the server, and learns that
// the session has changed or is gone. No later Find gets what is still in the cache. The
// server never says that a key has changed.
func testCacheDiffers(t *testing.T, a Adapter) {
	t.Run("Newer", func(t *testing.T) { cacheDiffers(t, a, redistest.Bulk("new"), `"new" true <nil>`) })
	t.Run("Gone", func(t *testing.T) { cacheDiffers(t, a, "$-1\r\n", `"" false <nil>`) })
}

func cacheDiffers(t *testing.T, a Adapter, now, want string) {
	server := redistest.StartScripted(t)
	var multi atomic.Bool
	reading, reply := make(chan struct{}), make(chan struct{})
	read := sync.OnceFunc(func() { close(reading) }) // a read that fails is sent again
	server.Reply(func(args []string) string {
		switch args[0] {
		case "MULTI":
			multi.Store(true)
			return "+OK\r\n"
		case "EXEC":
			multi.Store(false)
			read()
			<-reply
			return "*2\r\n:60000\r\n" + redistest.Bulk("old")
		case "GET", "PTTL":
			if multi.Load() {
				return "+QUEUED\r\n"
			}
			return now
		}
		return redistest.Greet(args)
	})
	s := a.openCached(t, server.Addr, time.Hour)
	find := func(ctx context.Context) string {
		b, found, err := s.FindCtx(ctx, "token")
		return fmt.Sprintf("%q %v %v", b, found, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	first := make(chan error, 1)
	go func() {
		for { // until a connection has begun to pipeline, the client may cache nothing
			if b, _, err := s.FindCtx(ctx, "token"); err != nil || string(b) == "old" {
				first <- err
				return
			}
		}
	}()
	await := func(event <-chan struct{}) {
		select {
		case <-event:
		case <-ctx.Done():
			t.Error("the read was not sent, or the second Find did not wait for it")
		}
	}
	await(reading)
	second := &waiting{Context: ctx, told: make(chan struct{})}
	data := make(chan string, 1)
	go func() { data <- find(second) }()
	await(second.told)
	close(reply)
	if err := <-first; err != nil {
		t.Errorf("the first Find = %v; want what it was answered", err)
	}
	if got := <-data; got != want {
		t.Errorf("the second Find = %s; want %s", got, want)
	}
	for range 3 {
		if got := find(ctx); got != want {
			t.Errorf("a later Find = %s; want %s", got, want)
		}
	}
}

// testCacheAbandoned: the reply to a cancelled read is still to come. The next read must
// not get it.
func testCacheAbandoned(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{Proxied: true})
	server.Do(t, "SET", key, "data")
	s := a.openCached(t, server.ClientAddr(), 10*time.Millisecond)
	WantFound(t, s, "token", "data") // connects
	time.Sleep(20 * time.Millisecond)
	server.Proxy.Stall(0)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, found, err := s.FindCtx(ctx, "token"); found || err == nil {
		t.Fatalf("Find = %v, %v; want an error", found, err)
	}
	server.Proxy.Heal()
	time.Sleep(20 * time.Millisecond)
	for range 3 {
		wantAsked(t, server, s, "data")
	}
}
