package redigostore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// client is a redissession.Client that uses redigo. A call holds one connection at a
// time, so a pool of one connection is enough.
type client struct {
	pool    Pool
	cluster cluster // the pool, or nil if it is not a cluster
	timeout time.Duration
}

func newClient(pool Pool, timeout time.Duration) *client {
	c := &client{pool: pool, timeout: timeout}
	c.cluster, _ = pool.(cluster)
	return c
}

func (c *client) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	var reply any
	err = c.do(ctx, c.deadline(ctx), key, func(k *conn) (err error) {
		reply, err = k.do("GET", key)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	switch v := reply.(type) {
	case nil: // the server's reply; a nil of the application's Dial is an error
		return nil, false, nil
	case []byte:
		return v, true, nil
	}
	return nil, false, redissession.ErrReply
}

func (c *client) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	return c.do(ctx, c.deadline(ctx), key, func(k *conn) error {
		return redissession.WantOK(k.do("SET", key, value, "PX", redissession.Lifetime(expiry)))
	})
}

func (c *client) Del(ctx context.Context, key string) error {
	return c.do(ctx, c.deadline(ctx), key, func(k *conn) error { return redissession.WantInt(k.do("DEL", key)) })
}

// Eval sends the scripts in one pipeline, or on a Cluster one after the other.
func (c *client) Eval(ctx context.Context, calls ...redissession.Call) ([]any, error) {
	deadline, together := c.deadline(ctx), len(calls)
	if c.cluster != nil {
		together = 1
	}
	values := make([]any, 0, len(calls))
	for calls := range slices.Chunk(calls, together) {
		var replies []redissession.Reply
		err := c.do(ctx, deadline, calls[0].Keys[0], func(k *conn) (err error) {
			commands := make([]redissession.Command, len(calls))
			for i, call := range calls {
				commands[i] = call.Command()
			}
			replies, err = k.pipeline(commands)
			for _, reply := range replies {
				err = cmp.Or(err, reply.Err)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, reply := range replies {
			values = append(values, reply.Value)
		}
	}
	return values, nil
}

func (c *client) ServerError(err error) (text string, ok bool) { return serverError(err) }

func serverError(err error) (text string, ok bool) {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return "", false
	}
	return string(reply), true
}
