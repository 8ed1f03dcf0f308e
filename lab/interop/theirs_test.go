package interop_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	scsgoredis "github.com/alexedwards/scs/goredisstore"
	scsredigo "github.com/alexedwards/scs/redisstore"

	"github.com/scsredis/stores/internal/redistest"
)

// TestTheirs tests what docs/guarantees.md says about scs's own stores, where lab/scoreboard
// does not. If it fails, the stores have changed, and the page must change too.
func TestTheirs(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, server *redistest.Server){

		"GoRedisCancelled": func(t *testing.T, server *redistest.Server) {
			s := scsgoredis.New(newGoRedis(t, server.Addr))
			if err := s.CommitCtx(context.Background(), token, []byte("data"), inAnHour()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			err := s.DeleteCtx(ctx, token)
			if _, found, _ := s.FindCtx(context.Background(), token); !found || !errors.Is(err, context.Canceled) {
				t.Errorf("DeleteCtx, cancelled = %v; found afterwards: %v; expected %v, true", err, found, context.Canceled)
			}
		},
		"RedigoFarExpiry": func(t *testing.T, server *redistest.Server) {
			s := scsredigo.New(newRedigo(t, server.Addr))
			if err := s.Commit(token, []byte("data"), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
				t.Fatal(err)
			}
			if _, found, err := s.Find(token); found || err != nil {
				t.Errorf("Find after a Commit until the year 9999 = %v, %v; expected false: the nanoseconds overflow", found, err)
			}
		},
		"RedigoHung": func(t *testing.T, server *redistest.Server) {
			s := scsredigo.New(newRedigo(t, server.Addr))
			if _, _, err := s.Find(token); err != nil {
				t.Fatal(err)
			}
			resume := server.Pause(t)
			done := make(chan error, 1)
			go func() {
				_, _, err := s.Find(token)
				done <- err
			}()
			select {
			case err := <-done:
				t.Errorf("Find on a hung server = %v; expected no result", err)
			case <-time.After(6 * time.Second): // longer than redigostore's default timeout
			}
			resume()
			<-done
		},
		"RedigoOneConnection": func(t *testing.T, server *redistest.Server) {
			pool := newRedigo(t, server.Addr)
			pool.MaxActive = 1 // Wait is false: otherwise All would wait for its own connection
			s := scsredigo.New(pool)
			if err := s.Commit(token, []byte("data"), inAnHour()); err != nil {
				t.Fatal(err)
			}
			if all, err := s.All(); err == nil {
				t.Errorf("All on a pool of one connection = %v; expected an error", all)
			}
		},

		"OtherType": func(t *testing.T, server *redistest.Server) {
			for _, client := range clients {
				name, s := client.name, client.theirs(t, server.Addr)
				server.Do(t, "HSET", "scs:session:hash", "f", "v")
				if all, err := s.AllCtx(context.Background()); err == nil {
					t.Errorf("%s: All with a hash under the prefix = %v; expected an error", name, all)
				}
			}
		},
		"AllCommands": func(t *testing.T, server *redistest.Server) {
			want := map[string]string{"redigo": "keys", "go-redis": "scan"}
			for _, client := range clients {
				name, s := client.name, client.theirs(t, server.Addr)
				for i := range 100 {
					server.Do(t, "SET", fmt.Sprint("scs:session:token", i), "data", "PX", "1000000")
				}
				got := server.Commands(t, func() { s.AllCtx(context.Background()) })
				if got["get"] != 100 || got[want[name]] == 0 {
					t.Errorf("%s: All of 100 sessions: %v; expected 100 GETs, each a round trip, and %s", name, got, want[name])
				}
				t.Logf("%s: %v", name, got)
			}
		},
		"RedigoCommit": func(t *testing.T, server *redistest.Server) {
			s := scsredigo.New(newRedigo(t, server.Addr))
			got := server.Commands(t, func() { s.Commit(token, []byte("data"), inAnHour()) })
			want := map[string]int{"multi": 1, "set": 1, "pexpireat": 1, "exec": 1}
			if !maps.Equal(got, want) {
				t.Errorf("Commit: commands %v; expected %v", got, want)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, redistest.Start(t, redistest.Options{}))
		})
	}
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }
