package redissession

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
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
			s, client := start(t, 1, Options{UserKey: "user"})
			other := open(&direct{servers: client.servers}, Options{UserKey: "user"})
			ended := errors.New("the process was killed")
			client.before = func(c Command) error {
				if c[1] != commitScript {
					return nil
				}
				if err := test.act(other); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if killed {
					return ended
				}
				return nil
			}
			err := s.Commit(ctx, token, []byte(`{"user":"anna"}`), inAnHour())
			if killed != errors.Is(err, ended) || !killed && err != nil {
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
		}
	}
}

// TestIndexExpires: the index loses what expired a minute ago, and expires a minute
// after its last session. A logout takes its entry out.
func TestIndexExpires(t *testing.T) {
	s, client := start(t, 1, Options{UserKey: "user"})
	server, key := client.servers[0], s.keys.user("anna")
	pttl := func(key string) int64 { t.Helper(); return server.Do(t, "PTTL", key).(int64) }
	wantEntries := func(want string) {
		t.Helper()
		if got := fmt.Sprint(server.Do(t, "ZRANGE", key, "0", "-1")); got != want {
			t.Errorf("the index has %s; want %s", got, want)
		}
	}
	now := time.Now().UnixMilli()
	server.Do(t, "ZADD", key, fmt.Sprint(now-61_000), "old", fmt.Sprint(now-50_000), "recent")
	login(t, open(client, Options{}), "recent", `"anna"`) // as a slow Commit may do now
	login(t, s, "a1", `"anna"`)
	wantEntries("[recent a1]")
	wantSessions(t, s, "anna", "a1", "recent")
	session, index := pttl("app:a1"), pttl(key)
	if index < session+59_000 || index > session+61_000 {
		t.Errorf("the index lives for %d ms, its last session for %d; want a minute more", index, session)
	}
	// The later expiry of two counts, because two Commits at once may reach the index in
	// another order than the session.
	if err := s.Commit(ctx, "a1", []byte(`{"user":"anna"}`), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if later := pttl(key); later < index-10_000 {
		t.Errorf("the index lives for %d ms after a shorter expiry; want %d", later, index)
	}
	if err := s.Delete(ctx, "a1"); err != nil {
		t.Errorf("Delete = %v", err)
	}
	wantEntries("[recent]")
	login(t, s, "a1", `"anna"`) // a request under way
	wantEntries("[recent]")
	if ttl := pttl(key); ttl <= 0 || ttl > 60_000 {
		t.Errorf("the index lives for %d ms after its last session; want a minute at most", ttl)
	}
	for token, expiry := range map[string]time.Time{
		"year9999": time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "end of time": time.Unix(1<<60, 0),
	} {
		if err := s.Commit(ctx, token, []byte(`{"user":"far"}`), expiry); err != nil {
			t.Errorf("Commit until %v = %v", expiry, err)
		}
	}
	wantSessions(t, s, "far", "end of time", "year9999")
	if ttl := pttl(s.keys.user("far")); ttl <= 0 {
		t.Errorf("PTTL of an index of far expiries = %d", ttl)
	}
}

func TestIndexUserSessions(t *testing.T) {
	s, client := start(t, 1, Options{UserKey: "user"})
	plain := open(client, Options{})
	want := map[string][]string{"cleo": {"immortal"}}
	for i := range 450 {
		token, user := fmt.Sprintf("t%04d", i), []string{"anna", "bob", "bob"}[i%3]
		login(t, plain, token, `"`+user+`"`)
		want[user] = append(want[user], token)
	}
	login(t, plain, "nobody", "null")
	client.servers[0].Do(t, "SET", "app:immortal", `{"user":"cleo"}`)
	wantSessions(t, s, "anna")
	for range 2 {
		if err := s.IndexUserSessions(ctx); err != nil {
			t.Fatalf("IndexUserSessions = %v", err)
		}
		for user, tokens := range want {
			wantSessions(t, s, user, tokens...)
		}
	}
	if n, err := s.DeleteUserSessions(cancelled(), "anna"); n != 150 || err != nil {
		t.Errorf("DeleteUserSessions, cancelled = %d, %v; want 150", n, err)
	}
	if all, err := plain.All(ctx); len(all) != 302 || err != nil {
		t.Errorf("All = %d sessions, %v; want 302", len(all), err)
	}
}

// TestIndexWhileDeleting: a session that is deleted while IndexUserSessions adds it
// does not stay in the index.
func TestIndexWhileDeleting(t *testing.T) {
	s, client := start(t, 1, Options{UserKey: "user"})
	other := open(&direct{servers: client.servers}, Options{UserKey: "user"})
	login(t, open(client, Options{}), "a1", `"anna"`)
	client.before = func(c Command) error {
		if c[1] == indexScript {
			return other.Delete(ctx, "a1")
		}
		return nil
	}
	if err := s.IndexUserSessions(ctx); err != nil {
		t.Errorf("IndexUserSessions = %v", err)
	}
	if n := client.servers[0].Do(t, "ZCARD", s.keys.user("anna")); n != int64(0) {
		t.Errorf("the index has %d entries; want none", n)
	}
}

// TestOtherTypeInIndex: a key of another type that an index names is no session, as in
// All, and hides none.
func TestOtherTypeInIndex(t *testing.T) {
	s, client := start(t, 1, Options{UserKey: "user"})
	login(t, s, "a1", `"anna"`)
	login(t, s, "list", `"anna"`)
	client.servers[0].Do(t, "DEL", "app:list")
	client.servers[0].Do(t, "RPUSH", "app:list", "data")
	wantSessions(t, s, "anna", "a1")
	if _, err := s.DeleteUserSessions(ctx, "anna"); err != nil {
		t.Errorf("DeleteUserSessions = %v", err)
	}
	wantFind(t, s, "a1", "", false)
}

func TestUsersWithoutOption(t *testing.T) {
	s := failing(errors.New("a command was sent"))
	_, err1 := s.UserSessions(ctx, "anna")
	_, err2 := s.DeleteUserSessions(ctx, "anna")
	err3 := s.IndexUserSessions(ctx)
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, errNoUserKey) {
			t.Errorf("without UserKey: %v; want %v", err, errNoUserKey)
		}
	}
}

// strictCodec decodes sessions of bob alone, like a process that does not know the
// types in those of others, and panics at some.
type strictCodec struct{ jsonCodec }

func (c strictCodec) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	deadline, values, err = c.jsonCodec.Decode(b)
	switch values["user"] {
	case "anna":
		err = errors.New("anna's session has a type that is not registered")
	case "cleo":
		panic("cleo")
	}
	return deadline, values, err
}

// TestUndecodable: a session that cannot be decoded belongs to no user, so it is not
// listed. But the user whose index has it can be logged out.
func TestUndecodable(t *testing.T) {
	for _, user := range []string{"anna", "cleo"} {
		s, client := start(t, 1, Options{UserKey: "user"})
		strict := open(client, Options{UserKey: "user", Codec: strictCodec{}})
		for _, token := range []string{user + "1", user + "2", user + "3", "bob"} {
			login(t, s, token, `"`+user+`"`)
		}
		login(t, strict, "bob", `"bob"`)
		login(t, strict, user+"4", `"`+user+`"`) // is not indexed
		wantSessions(t, strict, user)
		wantSessions(t, s, user, user+"1", user+"2", user+"3")
		if err := strict.Delete(ctx, user+"2"); err != nil {
			t.Errorf("Delete of what cannot be decoded = %v", err)
		}
		if n, err := strict.DeleteUserSessions(ctx, user, user+"3"); n != 1 || err != nil {
			t.Errorf("DeleteUserSessions of what cannot be decoded = %d, %v; want 1", n, err)
		}
		wantSessions(t, s, user, user+"3")
		wantFind(t, s, "bob", `{"user":"bob"}`, true)
		if err := strict.IndexUserSessions(ctx); err != nil {
			t.Errorf("IndexUserSessions = %v", err)
		}
	}
}
