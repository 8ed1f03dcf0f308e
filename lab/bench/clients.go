package main

import (
	"context"
	"time"

	"github.com/scsredis/stores/lab/adapters"
)

// prefix is what all stores here have by default, ours and scs's own.
const prefix = "scs:session:"

// session is one session, by what a store and what Redis calls it.
type session struct{ token, key string }

// way is one way of keeping sessions in Redis through a client.
type way struct {
	via    string
	find   func(ctx context.Context, s session) (b []byte, found bool, err error)
	commit func(ctx context.Context, s session, b []byte, expiry time.Time) error
	delete func(ctx context.Context, s session) error
	all    func(ctx context.Context) (map[string][]byte, error)
	each   func(ctx context.Context, fn func(token string, b []byte) error) error // of our store only
}

// What the ways of a client are called: our store, the client's own calls as
// an application would write them, and scs's store for that client.
const (
	viaStore = "store"
	viaBare  = "bare"
	viaSCS   = "scs"
)

// client is one client, on connections that all its ways share.
type client struct {
	name  string
	ways  []way
	close func()
}

func (c *client) way(via string) *way {
	for i := range c.ways {
		if c.ways[i].via == via {
			return &c.ways[i]
		}
	}
	return nil
}

// target is the server, or the Cluster, that a client is opened on.
type target struct {
	addrs   []string
	cluster bool
}

// opener opens a client.
type opener struct {
	name string
	open func(t target) (*client, error)
}

// clients are the clients that there is an adapter for, in the order of the
// page.
var clients = []opener{
	{"redigo", func(t target) (*client, error) { return openRedigo(t, nil) }},
	{"go-redis", func(t target) (*client, error) { return openGoRedis(t, nil, nil) }},
	{"rueidis", func(t target) (*client, error) { return openRueidis(t, 0, nil) }},
	{"rueian", func(t target) (*client, error) { return openRueian(t, 0, nil) }},
}

func ofStore(s adapters.Store) way {
	return way{
		via:    viaStore,
		find:   func(ctx context.Context, x session) ([]byte, bool, error) { return s.FindCtx(ctx, x.token) },
		delete: func(ctx context.Context, x session) error { return s.DeleteCtx(ctx, x.token) },
		all:    s.AllCtx,
		each:   s.Each,
		commit: func(ctx context.Context, x session, b []byte, expiry time.Time) error {
			return s.CommitCtx(ctx, x.token, b, expiry)
		},
	}
}
