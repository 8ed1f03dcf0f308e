package redigostore

import (
	"context"
	"errors"
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
	err = c.do(ctx, c.deadline(ctx), key, func(k conn) (err error) {
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
	return c.do(ctx, c.deadline(ctx), key, func(k conn) error {
		return redissession.WantOK(k.do("SET", key, value, "PX", redissession.Lifetime(expiry)))
	})
}

func (c *client) Del(ctx context.Context, key string) error {
	return c.do(ctx, c.deadline(ctx), key, func(k conn) error { return redissession.WantInt(k.do("DEL", key)) })
}

func (c *client) Eval(ctx context.Context, calls ...redissession.Call) ([]any, error) {
	deadline := c.deadline(ctx)
	if c.cluster == nil {
		return c.eval(ctx, deadline, calls)
	}
	replies := make([]any, 0, len(calls))
	for i := range calls {
		reply, err := c.eval(ctx, deadline, calls[i:i+1])
		if err != nil {
			return nil, err
		}
		replies = append(replies, reply...)
	}
	return replies, nil
}

// eval runs scripts in one pipeline.
func (c *client) eval(ctx context.Context, deadline time.Time, calls []redissession.Call) ([]any, error) {
	values := make([]any, len(calls))
	err := c.do(ctx, deadline, calls[0].Keys[0], func(k conn) error {
		commands := make([]redissession.Command, len(calls))
		for i, call := range calls {
			commands[i] = call.Command()
		}
		replies, err := k.pipeline(commands)
		if err != nil {
			return err
		}
		for i, reply := range replies {
			if reply.Err != nil {
				return reply.Err
			}
			values[i] = reply.Value
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

func (c *client) ServerError(err error) (text string, ok bool) {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return "", false
	}
	return string(reply), true
}
