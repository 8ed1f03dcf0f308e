//go:build topologies

package goredis_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

// TestMain: the rules that the clients have to do with are in goredisstore's README.
func TestMain(m *testing.M) {
	if err := os.Chdir("../../goredisstore"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestAdapter: pipelined, calls give the same answers and errors. On a server that
// hangs a call waits for the pipeline before its own, too.
func TestAdapter(t *testing.T) {
	for name, pipeline := range map[string]func(*redis.Client) (*redis.AutoPipeliner, error){
		"AutoPipeline":      (*redis.Client).AutoPipeline,
		"AsyncAutoPipeline": (*redis.Client).AsyncAutoPipeline,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, adaptertest.Adapter{
				Open: func(tb testing.TB, server redistest.Endpoint, prefix string) (adaptertest.Store, error) {
					c := redis.NewClient(&redis.Options{
						Network: server.Network, Addr: server.Addr, TLSConfig: server.TLS, CredentialsProvider: server.Login,
						DialTimeout: time.Second, ReadTimeout: time.Second,
					})
					open(tb, c)
					p, err := pipeline(c)
					if err != nil {
						return nil, err
					}
					return goredisstore.NewWithPrefix(open(tb, p), prefix), nil
				},
				Bound: 20 * time.Second, // twice four attempts of two seconds, and the pauses between
				IsReply: func(err error) (string, bool) {
					var reply redis.Error
					if !errors.As(err, &reply) {
						return "", false
					}
					return reply.Error(), true
				},
			})
		})
	}
}
