package redigostore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestSettingPrivileges: what a pool's settings need beside the rules in README.md.
func TestSettingPrivileges(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	const rule = "on >secret resetkeys resetchannels -@all ~scs:session:* +get +set +del +mget +scan +info"
	for _, test := range []struct {
		permission string
		option     redis.DialOption
	}{
		{"+select", redis.DialDatabase(1)},
		{"+client|setname", redis.DialClientName("web")},
	} {
		t.Run(test.permission, func(t *testing.T) {
			pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) {
				return redis.Dial(server.Network, server.Addr, redis.DialUsername("web"), redis.DialPassword("secret"),
					redis.DialReadTimeout(time.Second), test.option)
			}}
			defer pool.Close()
			s := redigostore.New(pool)
			commit := func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) }
			server.AddUser(t, "web reset "+rule)
			if err := commit(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
				t.Errorf("Commit without it = %v; want NOPERM", err)
			}
			server.AddUser(t, "web "+test.permission)
			if err := commit(); err != nil {
				t.Errorf("Commit = %v", err)
			}
			if all, err := s.All(); len(all) != 1 || err != nil {
				t.Errorf("All = %d sessions, %v; want one", len(all), err)
			}
		})
	}
}
