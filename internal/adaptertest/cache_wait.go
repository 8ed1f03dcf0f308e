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

// testCacheDuringCommit: from the beginning of a Commit a Find asks the server, which may
// have the session before the Commit returns.
func testCacheDuringCommit(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	server.Do(t, "SET", key, "data")
	target := a.patient(server)
	target.Cache = time.Minute
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
	WantFound(t, s, "token", "more")
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
// server never says that a key has changed. If the other Find was cancelled, no Find takes
// the reply that comes too late for its own.
func testCacheDiffers(t *testing.T, a Adapter) {
	for name, test := range map[string]struct {
		now, want string
		cancelled bool // the first Find
	}{
		"Newer":     {now: redistest.Bulk("new"), want: `"new" true`},
		"Gone":      {now: "$-1\r\n", want: `"" false`},
		"Cancelled": {now: redistest.Bulk("new"), want: `"new" true`, cancelled: true},
	} {
		t.Run(name, func(t *testing.T) { cacheDiffers(t, a, test.now, test.want, test.cancelled) })
	}
}

func cacheDiffers(t *testing.T, a Adapter, now, want string, cancelled bool) {
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
	target := a.at(server.Addr)
	target.Cache = time.Hour
	s := a.open(t, target)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	firstCtx, cancelFirst := context.WithCancel(ctx)
	defer cancelFirst()
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		for { // until a connection has begun to pipeline, the client may cache nothing
			if got, err := findText(firstCtx, s); err != nil || got == `"old" true` {
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
	find := func(ctx context.Context) error {
		if got, err := findText(ctx, s); got != want || err != nil {
			return fmt.Errorf("%s, %v; want %s", got, err, want)
		}
		return nil
	}
	await(reading)
	secondCtx := &waiting{Context: ctx, told: make(chan struct{})}
	go func() { second <- find(secondCtx) }()
	await(secondCtx.told)
	end, then := func() { close(reply) }, cancelFirst
	if cancelled {
		end, then = then, end
	}
	end()
	if err := <-first; cancelled != (err != nil) {
		t.Errorf("the first Find = %v; cancelled: %v", err, cancelled)
	}
	then()
	if err := <-second; err != nil {
		t.Errorf("the second Find = %v", err)
	}
	for range 3 {
		if err := find(ctx); err != nil {
			t.Errorf("a later Find = %v", err)
		}
	}
}
