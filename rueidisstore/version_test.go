package rueidisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// TestForeignNil: a nil that the client's own functions return while it connects
// is a failure, not a session that is missing.
func TestForeignNil(t *testing.T) {
	adaptertest.Long(t)
	server := redistest.Start(t, redistest.Options{Proxied: true})
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{Proxied: true})
	for name, addrs := range map[string][]string{"Single": {server.ClientAddr()}, "Cluster": cluster.Addrs()} {
		for kind, foreign := range map[string]error{
			"Nil":     rueidis.Nil,
			"Wrapped": fmt.Errorf("password: %w", rueidis.Nil),
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				var failing atomic.Bool
				opts := quick(addrs...)
				opts.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
					if failing.Load() {
						return rueidis.AuthCredentials{}, foreign
					}
					return rueidis.AuthCredentials{}, nil
				}
				client := connect(t, opts)
				plain := rueidisstore.New(client)
				cached := rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: "cached:", Cache: time.Minute})
				for _, s := range []*rueidisstore.Store{plain, cached} {
					if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
						t.Fatal(err)
					}
				}
				failing.Store(true)
				server.Proxy.Cut()
				for _, node := range cluster.Nodes() {
					node.Proxy.Cut()
				}
				time.Sleep(10 * time.Millisecond)
				for range 3 {
					for name, call := range map[string]func() error{
						"Find":        func() error { _, _, err := plain.Find("token"); return err },
						"Find cached": func() error { _, _, err := cached.Find("token"); return err },
						"Commit":      func() error { return plain.Commit("token", nil, time.Now().Add(time.Hour)) },
						"Delete":      func() error { return plain.Delete("other") },
						"All":         func() error { _, err := plain.All(); return err },
						"Each": func() error {
							return plain.Each(context.Background(), func(string, []byte) error { return nil })
						},
					} {
						if err := call(); !errors.Is(err, foreign) || !strings.Contains(err.Error(), "AuthCredentialsFn") {
							t.Errorf("%s = %v; want an error that names AuthCredentialsFn", name, err)
						}
					}
				}
			})
		}
	}
}
