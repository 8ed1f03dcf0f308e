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
	server := redistest.Start(t, redistest.Options{})
	redigo, goRedis := scsredigo.New(newRedigo(t, server.Addr)), scsgoredis.New(newGoRedis(t, server.Addr))
	ctx, data, inAnHour := context.Background(), []byte("data"), time.Now().Add(time.Hour)

	got := server.Commands(t, func() { redigo.Commit("token", data, inAnHour) })
	if want := map[string]int{"multi": 1, "set": 1, "pexpireat": 1, "exec": 1}; !maps.Equal(got, want) {
		t.Errorf("redisstore: Commit sends %v; expected %v", got, want)
	}
	check(t, redigo.Commit("far", data, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
	if _, found, err := redigo.Find("far"); found || err != nil {
		t.Errorf("redisstore: after a Commit until 9999 found = %v, %v; expected false: the nanoseconds overflow", found, err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	err := goRedis.DeleteCtx(cancelled, "token")
	if _, found, _ := goRedis.FindCtx(ctx, "token"); !found || !errors.Is(err, context.Canceled) {
		t.Errorf("goredisstore: DeleteCtx, cancelled = %v, then found = %v; expected %v, true", err, found, context.Canceled)
	}

	for i := range 99 {
		check(t, redigo.Commit(fmt.Sprint("token", i), data, inAnHour))
	}
	all := map[string]func() (map[string][]byte, error){
		"keys": redigo.All,
		"scan": func() (map[string][]byte, error) { return goRedis.AllCtx(ctx) },
	}
	for command, all := range all {
		if got := server.Commands(t, func() { all() }); got["get"] != 100 || got[command] == 0 {
			t.Errorf("All of 100 sessions: %v; expected 100 GETs, each a round trip, and %s", got, command)
		}
	}
	small := newRedigo(t, server.Addr)
	small.MaxActive = 1 // Wait is false: otherwise All would wait for its own connection
	if sessions, err := scsredigo.New(small).All(); err == nil {
		t.Errorf("redisstore: All on a pool of one connection = %v; expected an error", sessions)
	}
	server.Do(t, "HSET", "scs:session:hash", "f", "v")
	for command, all := range all {
		if sessions, err := all(); err == nil {
			t.Errorf("All, with %s, with a hash under the prefix = %v; expected an error", command, sessions)
		}
	}

	resume := server.Pause(t)
	done := make(chan error, 1)
	go func() {
		_, _, err := redigo.Find("token")
		done <- err
	}()
	select {
	case err := <-done:
		t.Errorf("redisstore: Find on a hung server = %v; expected no result", err)
	case <-time.After(6 * time.Second): // longer than redigostore's default timeout
	}
	resume()
	<-done
}
