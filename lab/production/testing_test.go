package production

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
)

// TestMiniredis: a test decides when sessions expire and when the server fails.
func TestMiniredis(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	s := goredisstore.NewWithOptions(client, goredisstore.Options{UserKey: "user"})
	b, err := scs.GobCodec{}.Encode(time.Time{}, map[string]any{"user": "anna"})
	for _, life := range []time.Duration{time.Hour, 3 * time.Hour} {
		if err = errors.Join(err, s.Commit(life.String(), b, time.Now().Add(life))); err != nil {
			t.Fatal(err)
		}
	}
	server.FastForward(2 * time.Hour) // miniredis expires no key by itself
	if n, err := s.DeleteUserSessions(context.Background(), "anna"); n != 1 || err != nil {
		t.Errorf("DeleteUserSessions = %v, %v; want 1, that of three hours", n, err)
	}
	server.SetError("LOADING")
	if _, found, err := s.Find("3h0m0s"); found || err == nil {
		t.Errorf("Find on a server that is loading = %v, %v; want an error", found, err)
	}
}
