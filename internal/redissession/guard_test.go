package redissession

import (
	"fmt"
	"strings"
	"testing"
)

// TestPanickingClient: a panic of the client, on any goroutine, is an error of the call.
// A panic of Each's fn reaches the caller: see TestEachEnds.
func TestPanickingClient(t *testing.T) {
	s, client := start(t, 1, Options{})
	for command, failing := range map[string]string{
		"GET": "find", "SET": "commit", "DEL": "delete", "SCAN": "all each", "MGET": "all each", "visit": "all each",
	} {
		client.before, client.visiting = nil, nil
		for _, token := range []string{token, "other"} {
			if err := s.Commit(ctx, token, []byte("data"), inAnHour()); err != nil {
				t.Fatal(err)
			}
		}
		client.before = func(c Command) error {
			if c[0] == command {
				panic("app:" + token)
			}
			return nil
		}
		client.visiting = func(string) {
			if command == "visit" {
				panic("no primaries")
			}
		}
		_, found, find := s.Find(ctx, token)
		if found != (find == nil) {
			t.Errorf("Find = %v, %v", found, find)
		}
		_, list := s.All(ctx)
		for op, err := range map[string]error{
			"find":   find,
			"all":    list,
			"each":   s.Each(ctx, func(string, []byte) error { return nil }),
			"delete": s.Delete(ctx, token),
			"commit": s.Commit(ctx, token, []byte("data"), inAnHour()),
		} {
			want := strings.Contains(failing, op)
			if (err != nil) != want {
				t.Errorf("a panic in %s: %s = %v; want an error: %v", command, op, err, want)
			}
			if err != nil && (strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), op+": the client panicked")) {
				t.Errorf("a panic in %s: %s = %q; want it to say so, without the token", command, op, err)
			}
		}
	}
}

// TestPanicInLaterBatch: after a panic a listing returns no part of the sessions.
func TestPanicInLaterBatch(t *testing.T) {
	s, client := start(t, 1, Options{UserKey: "user"})
	for i := range userBatch + 1 {
		login(t, s, fmt.Sprint(token, i), `"anna"`)
	}
	evals := 0
	client.before = func(c Command) error {
		if evals++; evals == userBatch+2 { // after the index and a batch
			panic("app:" + token)
		}
		return nil
	}
	if sessions, err := s.UserSessions(ctx, "anna"); sessions != nil || err == nil {
		t.Errorf("UserSessions = %d sessions, %v; want none and an error", len(sessions), err)
	}
}

// TestPanickingVisit: a panic on the goroutine of a visit is its error.
func TestPanickingVisit(t *testing.T) {
	three := []int{0, 1, 2}
	err := Concurrently(three, func(i int) error { _ = three[i+1]; return nil })
	if err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("Concurrently = %v; want the panic", err)
	}
}
