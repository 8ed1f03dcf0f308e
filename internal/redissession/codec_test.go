package redissession

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

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

// TestUndecodable: a process that cannot decode the sessions of a user does not say
// that there are none.
func TestUndecodable(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	strict := New("livestore", client, Options{Prefix: "app:", UserKey: "user", Codec: strictCodec{}})
	for _, user := range []string{"anna", "cleo"} {
		login(t, s, user+"1", `"bob"`)
		login(t, s, user+"1", `"`+user+`"`)
		login(t, s, user+"2", `"`+user+`"`)
		login(t, strict, user+"3", `"`+user+`"`)
		if err := s.Delete(ctx, user+"2"); err != nil {
			t.Errorf("Delete = %v", err)
		}
		client.do("ZADD", s.keys.user(user), "9e15", "between its writes")
		if sessions, err := strict.UserSessions(ctx, user); !errors.Is(err, errUndecodable) || !strings.HasSuffix(err.Error(), errUndecodable.Error()) {
			t.Errorf("UserSessions of what cannot be decoded = %q, %v; want %v", sessions, err, errUndecodable)
		}
		if n, err := strict.DeleteUserSessions(ctx, user); n != 0 || !errors.Is(err, errUndecodable) {
			t.Errorf("DeleteUserSessions of what cannot be decoded = %d, %v; want %v", n, err, errUndecodable)
		}
		if n, err := strict.DeleteUserSessions(ctx, user, user+"1"); n != 0 || err != nil {
			t.Errorf("DeleteUserSessions but for what cannot be decoded = %d, %v; want 0", n, err)
		}
		if got := entries(client, s, user); !slices.Equal(got, []string{user + "1"}) {
			t.Errorf("the index has %q; want what cannot be decoded", got)
		}
		if err := strict.Delete(ctx, user+"1"); err != nil {
			t.Errorf("Delete of what cannot be decoded = %v", err)
		}
	}
	if err := strict.IndexUserSessions(ctx); err != nil {
		t.Errorf("IndexUserSessions = %v", err)
	}
}
