package goredisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

func newClient(tb testing.TB, server redistest.Endpoint) *redis.Client {
	return open(tb, options(server))
}

func options(server redistest.Endpoint) *redis.Options {
	return &redis.Options{
		Network:             server.Network,
		Addr:                server.Addr,
		TLSConfig:           server.TLS,
		CredentialsProvider: server.Login,
		DialTimeout:         time.Second,
		ReadTimeout:         time.Second,
	}
}

func open(tb testing.TB, opts *redis.Options) *redis.Client {
	client := redis.NewClient(opts)
	tb.Cleanup(func() { client.Close() })
	return client
}

func openStore(tb testing.TB, server redistest.Endpoint, prefix string) (adaptertest.Store, error) {
	return goredisstore.NewWithPrefix(newClient(tb, server), prefix), nil
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, adaptertest.Adapter{
		Open:  openStore,
		Bound: 22 * time.Second, // four attempts, each of which may dial five times for a second
		IsReply: func(err error) (string, bool) {
			var reply redis.Error
			if !errors.As(err, &reply) {
				return "", false
			}
			return reply.Error(), true
		},
	})
}
