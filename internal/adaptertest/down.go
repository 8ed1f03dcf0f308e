package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

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
	// The client opens several connections.
	together(8, func(i int) { s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)) })
	for range 80 {
		calls := Calls(t.Context(), s, newToken(), "data")
		for _, name := range []string{"Commit", "Find", "All", "Delete"} {
			server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			if err := calls[name](); err != nil {
				t.Errorf("%s = %v", name, err)
			}
		}
	}
}
