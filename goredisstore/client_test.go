package goredisstore_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
)

func newClient(tb testing.TB, server *url.URL) *redis.Client {
	return open(tb, options(server))
}

func options(server *url.URL) *redis.Options {
	opts := &redis.Options{
		Addr:        server.Host,
		DialTimeout: time.Second,
		ReadTimeout: time.Second,
	}
	if server.Scheme == "unix" {
		opts.Network, opts.Addr = "unix", server.Path
	}
	opts.Username = server.User.Username()
	opts.Password, _ = server.User.Password()
	return opts
}

func open(tb testing.TB, opts *redis.Options) *redis.Client {
	client := redis.NewClient(opts)
	tb.Cleanup(func() { client.Close() })
	return client
}

func openStore(tb testing.TB, server *url.URL, prefix string) adaptertest.Store {
	return goredisstore.NewWithPrefix(newClient(tb, server), prefix)
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, adaptertest.Adapter{
		Open:  openStore,
		Bound: 6 * time.Second, // four attempts of a second, and the pauses between
		IsReply: func(err error) (string, bool) {
			var reply redis.Error
			if !errors.As(err, &reply) {
				return "", false
			}
			return reply.Error(), true
		},
	})
}
