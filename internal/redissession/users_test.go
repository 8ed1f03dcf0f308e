package redissession

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// login commits a session of a user, which may be any JSON value.
func login(t *testing.T, s *Store, token, user string) {
	t.Helper()
	if err := s.Commit(ctx, token, fmt.Appendf(nil, `{"user":%s}`, user), inAnHour()); err != nil {
		t.Fatalf("Commit = %v", err)
	}
}

func wantSessions(t *testing.T, s *Store, user string, want ...string) {
	t.Helper()
	sessions, err := s.UserSessions(ctx, user)
	got := slices.Sorted(maps.Keys(sessions))
	if sessions == nil || err != nil || !slices.Equal(got, want) {
		t.Errorf("UserSessions(%q) = %q, %v; want %q", user, got, err, want)
	}
}

// entries returns the tokens in the index of a user.
func entries(l *live, s *Store, user string) []string {
	var tokens []string
	for _, token := range l.do("ZRANGE", s.keys.user(user), "0", "-1").([]any) {
		tokens = append(tokens, token.(string))
	}
	slices.Sort(tokens)
	return tokens
}

// TestBetweenTheWrites: a Commit that is between its two writes, or whose process
// is killed there, while somebody else acts on the user's sessions. Every session
// that can be found is in its user's index, and none can be found once it was
// deleted.
func TestBetweenTheWrites(t *testing.T) {
	for name, test := range map[string]struct {
		act   func(s *Store) error
		found bool // the session, if the Commit goes on
	}{
		"nothing": {func(*Store) error { return nil }, true},
		"Delete":  {func(s *Store) error { return s.Delete(ctx, token) }, false},
		"UserSessions": {func(s *Store) error {
			sessions, err := s.UserSessions(ctx, "anna")
			if len(sessions) != 0 {
				err = errors.New("a session is listed that has not been written")
			}
			return err
		}, true},
		"IndexUserSessions":  {func(s *Store) error { return s.IndexUserSessions(ctx) }, true},
		"DeleteUserSessions": {func(s *Store) error { _, err := s.DeleteUserSessions(ctx, "anna"); return err }, false},
	} {
		for _, killed := range []bool{false, true} {
			s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
			other := New("livestore", &live{tb: t, server: client.server}, Options{Prefix: "app:", UserKey: "user", Codec: jsonCodec{}})
			client.before = func(c Call) bool {
				if c.Script != commitScript {
					return true
				}
				if err := test.act(other); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				return !killed
			}
			err := s.Commit(ctx, token, []byte(`{"user":"anna"}`), inAnHour())
			if killed != (err != nil) {
				t.Errorf("%s, killed %v: Commit = %v", name, killed, err)
			}
			_, found, err := other.Find(ctx, token)
			if found != (test.found && !killed) || err != nil {
				t.Errorf("%s, killed %v: Find = %v, %v", name, killed, found, err)
			}
			var want []string
			if found {
				want = []string{token}
			}
			wantSessions(t, other, "anna", want...)
			client.do("PING")
		}
	}
}

// TestSlowCommit: the second write of a Commit comes after the session's expiry in the
// index, but less than a minute after it.
func TestSlowCommit(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	expiry := time.Now().Add(300 * time.Millisecond)
	client.before = func(c Call) bool {
		if c.Script == commitScript {
			redistest.Poll(t, "the entry in the index has expired", func() bool { return time.Now().After(expiry.Add(20 * time.Millisecond)) })
		}
		return true
	}
	if err := s.Commit(ctx, token, []byte(`{"user":"anna"}`), expiry); err != nil {
		t.Fatalf("Commit = %v", err)
	}
	client.before = nil
	wantFind(t, s, token, `{"user":"anna"}`, true)
	wantSessions(t, s, "anna", token)
}

// TestIndexExpires: the index loses what expired a minute ago, and expires a minute
// after its last session.
func TestIndexExpires(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	key := s.keys.user("anna")
	now := time.Now().UnixMilli()
	client.do("ZADD", key, fmt.Sprint(now-61_000), "old", fmt.Sprint(now-50_000), "recent")
	login(t, s, "a1", `"anna"`)
	if got := entries(client, s, "anna"); !slices.Equal(got, []string{"a1", "recent"}) {
		t.Errorf("the index has %q; want a1 and the one that expired within the minute", got)
	}
	session, index := client.do("PTTL", "app:a1").(int64), client.do("PTTL", key).(int64)
	if index < session+59_000 || index > session+61_000 {
		t.Errorf("the index lives for %d ms, its last session for %d; want a minute more", index, session)
	}
	// The later expiry of two counts, because two Commits at once may reach the index in
	// another order than the session.
	if err := s.Commit(ctx, "a1", []byte(`{"user":"anna"}`), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if later := client.do("PTTL", key).(int64); later < index-10_000 {
		t.Errorf("the index lives for %d ms after a shorter expiry; want %d", later, index)
	}
	if err := s.Commit(ctx, "far", []byte(`{"user":"far"}`), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Errorf("Commit until the year 9999 = %v", err)
	}
	if err := s.Commit(ctx, "farther", []byte(`{"user":"far"}`), time.Unix(1<<60, 0)); err != nil {
		t.Errorf("Commit until the end of time = %v", err)
	}
	wantSessions(t, s, "far", "far", "farther")
	if ttl := client.do("PTTL", s.keys.user("far")).(int64); ttl <= 0 {
		t.Errorf("PTTL of an index of far expiries = %d", ttl)
	}
}

// TestNoIndexWithoutExpiry: after many logins and logouts no key is left without an
// expiry, and no index of a user without sessions.
func TestNoIndexWithoutExpiry(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	n := 2000
	if testing.Short() {
		n = 100
	}
	for i := range n {
		token, user := fmt.Sprint("t", i), fmt.Sprintf(`"u%d"`, i%50)
		login(t, s, token, user)
		if i%50 != 0 {
			s.Delete(ctx, token)
			if i%2 == 0 {
				login(t, s, token, user) // a request under way
			}
		}
	}
	indexes := 0
	for _, key := range client.do("KEYS", "*").([]any) {
		if ttl := client.do("PTTL", key.(string)).(int64); ttl <= 0 {
			t.Errorf("PTTL %q = %d; want more", key, ttl)
		}
		if strings.HasPrefix(key.(string), "app::user:") {
			indexes++
		}
	}
	if indexes != 1 {
		t.Errorf("%d indexes; want that of the one user with sessions", indexes)
	}
}

func TestIndexUserSessions(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	plain := New("livestore", client, Options{Prefix: "app:"})
	var want []string
	for i := range 1500 {
		token := fmt.Sprintf("t%04d", i)
		user := "bob"
		if i%3 == 0 {
			user = "anna"
			want = append(want, token)
		}
		client.do("SET", "app:"+token, `{"user":"`+user+`"}`, "PX", "3600000")
	}
	client.do("SET", "app:nobody", `{}`, "PX", "3600000")
	client.do("SET", "app:immortal", `{"user":"cleo"}`)
	wantSessions(t, s, "anna")
	for range 2 {
		if err := s.IndexUserSessions(ctx); err != nil {
			t.Fatalf("IndexUserSessions = %v", err)
		}
		wantSessions(t, s, "anna", want...)
		wantSessions(t, s, "cleo", "immortal")
	}
	if n, err := s.DeleteUserSessions(cancelled(), "anna"); n != 500 || err != nil {
		t.Errorf("DeleteUserSessions, cancelled = %d, %v; want 500", n, err)
	}
	if all, err := plain.All(ctx); len(all) != 1002 || err != nil {
		t.Errorf("All = %d sessions, %v; want 1002", len(all), err)
	}
}

// TestIndexWhileDeleting: a session that is deleted while IndexUserSessions adds it
// does not stay in the index.
func TestIndexWhileDeleting(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	other := New("livestore", &live{tb: t, server: client.server}, Options{Prefix: "app:", UserKey: "user", Codec: jsonCodec{}})
	client.do("SET", "app:a1", `{"user":"anna"}`, "PX", "3600000")
	client.before = func(c Call) bool {
		if c.Script == indexScript {
			other.Delete(ctx, "a1")
		}
		return true
	}
	if err := s.IndexUserSessions(ctx); err != nil {
		t.Errorf("IndexUserSessions = %v", err)
	}
	if got := entries(client, s, "anna"); len(got) != 0 {
		t.Errorf("the index has %q; want nothing", got)
	}
}

func TestUsersWithoutOption(t *testing.T) {
	s, f := newStore()
	_, err1 := s.UserSessions(ctx, "anna")
	_, err2 := s.DeleteUserSessions(ctx, "anna")
	err3 := s.IndexUserSessions(ctx)
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, errNoUserKey) {
			t.Errorf("without UserKey: %v; want %v", err, errNoUserKey)
		}
	}
	wantSent(t, f, "")
}
