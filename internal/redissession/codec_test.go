package redissession

import (
	"errors"
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

// TestUndecodable: a session that cannot be decoded belongs to no user, so it is not
// listed. But the user whose index has it can be logged out.
func TestUndecodable(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	strict := New("livestore", client, Options{Prefix: "app:", UserKey: "user", Codec: strictCodec{}})
	for _, user := range []string{"anna", "cleo"} {
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
		s.Delete(ctx, "bob")
		client.do("DEL", s.keys.tombstone("bob"))
	}
	if err := strict.IndexUserSessions(ctx); err != nil {
		t.Errorf("IndexUserSessions = %v", err)
	}
}
