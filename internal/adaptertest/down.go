package adaptertest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testDown: without a server every call fails. When the server is back every call works,
// on the same store.
func testDown(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.open(t, a.target(server))
	token := newToken()
	MustCommit(t, s, token, "data")
	server.Stop(t)
	wantErrors(t, a, s, token)
	server.Restart(t)
	wantRecovery(t, s)
}

// testHung: if a server accepts connections and never answers, every call fails within
// the bound. When it answers again, every call works.
func testHung(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	s := a.open(t, a.target(server))
	token := newToken()
	MustCommit(t, s, token, "data")
	resume := server.Pause(t)
	wantErrors(t, a, s, token)

	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, found, err := s.FindCtx(ctx, token)
	if found || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("FindCtx with a deadline = %v, %v; want %v", found, err, context.DeadlineExceeded)
	}
	resume()
	wantRecovery(t, s)
}

// wantRecovery waits for the client to notice that the server is back: go-redis
// looks once a second after a run of failed dials, rueidis pings as often.
func wantRecovery(t *testing.T, s Store) {
	t.Helper()
	redistest.WaitFor(t, "Find when the server is back", func() error {
		_, found, err := s.Find(newToken())
		if found {
			t.Fatal("Find found a session that never was")
		}
		return err
	})
	token := newToken()
	MustCommit(t, s, token, "data")
	WantFound(t, s, token, "data")
}

// wantErrors makes all calls at once, and wants an error of each.
func wantErrors(t *testing.T, a Adapter, s Store, token string) {
	t.Helper()
	AllAtOnce(t, s, token, "data", a.Topologies[0].Bound, func(call string, err error) { wantError(t, call, err, token, "data") })
}

// withoutCommands start a server that knows none of the commands of a request.
var withoutCommands = redistest.Options{Args: []string{
	"--rename-command", "GET", "", "--rename-command", "MGET", "", "--rename-command", "SET", "", "--rename-command", "DEL", "",
}}

// testRefused: if the server refuses a command, the error is of the client's own type,
// without the token and data that the server quotes.
func testRefused(t *testing.T, a Adapter) {
	server := redistest.Start(t, withoutCommands)
	s := a.open(t, a.target(server))
	token, data := newToken(), "secret-"+newToken()
	for name, call := range Calls(context.Background(), s, token, data) {
		if name == "All" || name == "AllCtx" || name == "Each" {
			server.Do(t, "APPEND", prefix+token, data)
		}
		err := call()
		wantError(t, name, err, token, data)
		if text, ok := a.ServerError(err); !ok || !strings.Contains(text, "unknown command") {
			t.Errorf("%s = %v (%T): not the client's type for a server's error", name, err, err)
		}
	}
}

// testBroken: connections that the server has closed cost another attempt, not an error.
// That is so for scripts too.
func testBroken(t *testing.T, a Adapter) {
	for _, set := range []setting{plain, tombstone} {
		t.Run(set.name, func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{})
			target := a.target(server)
			target.Tombstone = set.tombstone
			breakOften(t, server, a.open(t, target))
		})
	}
}

func breakOften(t *testing.T, server *redistest.Server, s Store) {
	tokens := make([]string, 8)
	var using sync.WaitGroup
	for i := range tokens {
		tokens[i] = newToken()
		using.Add(1)
		go func() { // makes the client open its connections
			defer using.Done()
			s.Commit(tokens[i], []byte("data"), time.Now().Add(time.Hour))
		}()
	}
	using.Wait()
	for range 10 {
		for _, token := range tokens {
			server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			MustCommit(t, s, token, "data")
			server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			WantFound(t, s, token, "data")
		}
		server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		if all, err := s.All(); len(all) != len(tokens) || err != nil {
			t.Errorf("All = %d sessions, %v; want %d", len(all), err, len(tokens))
		}
		server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		if err := s.Delete(newToken()); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
}
