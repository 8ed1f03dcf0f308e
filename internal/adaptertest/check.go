package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// start starts a server and returns it with a store on it.
func start(t *testing.T, a Adapter) (*redistest.Server, Store) {
	t.Helper()
	server := redistest.Start(t, redistest.Options{})
	target := a.target(server)
	target.Timeout = 5 * time.Second // the server does not hang, but the machine may be busy
	return server, a.open(t, target)
}

// MustCommit commits a session for an hour.
func MustCommit(t *testing.T, s Store, token, data string) {
	t.Helper()
	if err := s.Commit(token, []byte(data), time.Now().Add(time.Hour)); err != nil {
		t.Fatalf("Commit = %v", err)
	}
}

// WantFound checks that the session has this data.
func WantFound(t *testing.T, s Store, token, data string) {
	t.Helper()
	b, found, err := s.Find(token)
	if string(b) != data || !found || err != nil {
		t.Errorf("Find = %.40q, %v, %v; want %.40q, true, <nil>", b, found, err, data)
	}
}

// WantMissing checks that there is no such session.
func WantMissing(t *testing.T, s Store, token string) {
	t.Helper()
	b, found, err := s.Find(token)
	if found || err != nil {
		t.Errorf("Find = %.40q, %v, %v; want nil, false, <nil>", b, found, err)
	}
}

// ErrMissing is the error of a call that worked, but did not find the session.
var ErrMissing = errors.New("the session is missing")

// Calls are all methods of a store that work on sessions by token, by name, called on one
// session. A Find or All that does not show the session returns ErrMissing.
func Calls(ctx context.Context, s Store, token, data string) map[string]func() error {
	expiry := time.Now().Add(time.Hour)
	found := func(b []byte, found bool, err error) error {
		if err == nil && found != (string(b) == data) {
			return fmt.Errorf("found = %v with %d bytes", found, len(b))
		}
		if err == nil && !found {
			return ErrMissing
		}
		if err != nil && (found || b != nil) {
			return fmt.Errorf("found = %v, %d bytes and an error", found, len(b))
		}
		return err
	}
	all := func(sessions map[string][]byte, err error) error {
		if err == nil && string(sessions[token]) != data {
			return ErrMissing
		}
		if err != nil && sessions != nil {
			return fmt.Errorf("%d sessions and an error", len(sessions))
		}
		return err
	}
	return map[string]func() error{
		"Find":      func() error { return found(s.Find(token)) },
		"FindCtx":   func() error { return found(s.FindCtx(ctx, token)) },
		"Commit":    func() error { return s.Commit(token, []byte(data), expiry) },
		"CommitCtx": func() error { return s.CommitCtx(ctx, token, []byte(data), expiry) },
		"Delete":    func() error { return s.Delete(token) },
		"DeleteCtx": func() error { return s.DeleteCtx(ctx, token) },
		"All":       func() error { return all(s.All()) },
		"AllCtx":    func() error { return all(s.AllCtx(ctx)) },
		"Each":      func() error { return s.Each(ctx, func(string, []byte) error { return nil }) },
	}
}

// AllAtOnce makes all Calls at the same time, as requests do, and checks the error of
// each. Each has to end within the bound.
func AllAtOnce(t *testing.T, s Store, token, data string, bound time.Duration, check func(call string, err error)) {
	t.Helper()
	calls := Calls(t.Context(), s, token, data)
	names := slices.Collect(maps.Keys(calls))
	together(len(names), func(i int) { check(names[i], inTime(t, bound, names[i], calls[names[i]])) })
}

// together calls f(0) to f(n-1) at the same time, and waits for all.
func together(n int, f func(i int)) {
	var running sync.WaitGroup
	for i := range n {
		running.Add(1)
		go func() {
			defer running.Done()
			f(i)
		}()
	}
	running.Wait()
}

// inTime makes a call, which has to end within the bound.
func inTime(t *testing.T, bound time.Duration, name string, call func() error) error {
	t.Helper()
	start := time.Now()
	err := call()
	if took := time.Since(start); took > bound {
		t.Errorf("%s took %v; want at most %v", name, took, bound)
	}
	return err
}

// Listings are the methods that list all sessions, by name.
func Listings(ctx context.Context, s Store) map[string]func() (map[string]string, error) {
	return map[string]func() (map[string]string, error){
		"All":    func() (map[string]string, error) { all, err := s.All(); return asStrings(all), err },
		"AllCtx": func() (map[string]string, error) { all, err := s.AllCtx(ctx); return asStrings(all), err },
		"Each": func() (map[string]string, error) {
			all := make(map[string]string)
			err := s.Each(ctx, func(token string, b []byte) error { all[token] = string(b); return nil })
			return all, err
		},
	}
}

// WantListed checks that these sessions are listed, and no others.
func WantListed(t *testing.T, s Store, want map[string]string) {
	t.Helper()
	for name, list := range Listings(t.Context(), s) {
		if got, err := list(); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s = %d sessions, %v; want %d", name, len(got), err, len(want))
		}
	}
}

func asStrings(all map[string][]byte) map[string]string {
	m := make(map[string]string, len(all))
	for token, b := range all {
		m[token] = string(b)
	}
	return m
}

// callAll makes all calls, on one session, and returns the first error.
func callAll(s Store, token, data string) error {
	return callInOrder(s, token, data, "Commit", "Find", "All", "Each", "CommitCtx", "FindCtx", "AllCtx", "Delete", "DeleteCtx")
}

// callInOrder makes calls on one session, and returns the first error.
func callInOrder(s Store, token, data string, names ...string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := Calls(ctx, s, token, data)
	for _, name := range names {
		if err := calls[name](); err != nil {
			return fmt.Errorf("%s = %w", name, err)
		}
	}
	return nil
}

// wantError checks that err is the store's error and may be logged.
func wantError(t *testing.T, call string, err error, token, data string) {
	t.Helper()
	op := strings.ToLower(strings.TrimSuffix(call, "Ctx"))
	switch {
	case err == nil:
		t.Errorf("%s = <nil>; want an error", call)
	case !strings.Contains(err.Error(), "store: "+op+": "):
		t.Errorf("%s = %q; want package and operation in it", call, err)
	case strings.Contains(err.Error(), token), strings.Contains(err.Error(), data):
		t.Errorf("%s = %q: token or data must not be in it", call, err)
	}
}
