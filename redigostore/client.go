package redigostore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// client is redissession.Client in redigo's words. It holds at most one
// connection of the pool at a time, so a pool of one will do.
type client struct {
	pool    Pool
	cluster cluster // the pool, if it is one
	timeout time.Duration
}

// get takes a connection from the pool. *redis.Pool can be told when to stop
// waiting; a *redisc.Cluster has its own PoolWaitTime.
func (c *client) get(call *call) (redis.Conn, error) {
	if err := call.Context.Err(); err != nil {
		return nil, err
	}
	pool, ok := c.pool.(interface {
		GetContext(context.Context) (redis.Conn, error)
	})
	if !ok {
		return c.pool.Get(), nil
	}
	conn, err := pool.GetContext(call)
	return conn, call.timedOut(err)
}

func (c *client) do(ctx context.Context, command string, args ...any) (any, error) {
	call := newCall(ctx, c.timeout)
	defer call.end()
	reply, err := c.attempt(call, nil, command, args...)
	if err != nil {
		return c.again(call, err, command, args...)
	}
	return reply, nil
}

func (c *client) Get(ctx context.Context, key string) ([]byte, bool, error) {
	b, err := redis.Bytes(c.do(ctx, "GET", key))
	if err == redis.ErrNil {
		return nil, false, nil
	}
	return b, err == nil, err
}

func (c *client) Set(ctx context.Context, key string, value []byte, pxat int64) error {
	reply, err := c.do(ctx, "SET", key, value, "PXAT", pxat)
	if err == nil && reply != "OK" {
		err = errReply
	}
	return err
}

func (c *client) Del(ctx context.Context, key string) error {
	_, err := redis.Int64(c.do(ctx, "DEL", key))
	return err
}

// errReply is for a reply that is no error, and does not say that the command
// has been done either.
var errReply = errors.New("reply of an unexpected type")

// shard is one primary: that of conn, or the pool's only one.
type shard struct {
	*client
	conn redis.Conn
}

func (s shard) ClusterNodes(ctx context.Context) (string, error) {
	if s.conn == nil {
		return "", nil
	}
	return redis.String(newCall(ctx, s.timeout).do(s.conn, 1, "CLUSTER", "NODES"))
}

func (s shard) Scan(ctx context.Context, cursor uint64, pattern string, count int) (page redissession.ScanPage, err error) {
	call := newCall(ctx, s.timeout)
	defer call.end()
	replies, errs, err := s.pipeline(call, []command{
		{"INFO", []any{"server"}},
		{"SCAN", []any{strconv.FormatUint(cursor, 10), "MATCH", pattern, "COUNT", count}},
	})
	if err != nil {
		return page, err
	}
	var refusal redis.Error
	if !errors.As(errs[0], &refusal) || !redissession.Unknown(string(refusal)) {
		if page.Info, err = redis.String(replies[0], errs[0]); err != nil {
			return page, err
		}
	}
	values, err := redis.Values(replies[1], errs[1])
	if err != nil {
		return page, err
	}
	if len(values) != 2 {
		return page, fmt.Errorf("reply to SCAN has %d elements; want 2", len(values))
	}
	if page.Next, err = redis.Uint64(values[0], nil); err != nil {
		return page, err
	}
	page.Keys, err = redis.Strings(values[1], nil)
	return page, err
}

func (s shard) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	call := newCall(ctx, s.timeout)
	defer call.end()
	gets := make([]command, len(keys))
	for i, key := range keys {
		gets[i] = command{"GET", []any{key}}
	}
	replies, errs, err := s.pipeline(call, gets)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, reply := range replies {
		err := errs[i]
		if err != nil && !isReply(err, "WRONGTYPE") { // on a Cluster, by now the key may be somewhere else
			reply, err = s.again(call, err, "GET", keys[i])
		}
		values[i], err = redis.Bytes(reply, err)
		if err != nil && err != redis.ErrNil && !isReply(err, "WRONGTYPE") {
			return nil, err
		}
	}
	return values, nil
}

type command struct {
	name string
	args []any
}

// pipeline sends commands over one connection, the shard's own or one of the
// pool, and returns what the server replied to each, a reply or an error.
func (s shard) pipeline(call *call, commands []command) (replies []any, errs []error, err error) {
	conn := s.conn
	if conn == nil {
		if conn, err = s.get(call); err != nil {
			return nil, nil, err
		}
		defer conn.Close()
	}
	for _, c := range commands {
		if err := conn.Send(c.name, c.args...); err != nil {
			return nil, nil, err
		}
	}
	if err := conn.Flush(); err != nil {
		return nil, nil, err
	}
	replies, errs = make([]any, len(commands)), make([]error, len(commands))
	for i := range commands {
		// An error that leaves the connection whole belongs to one command. The
		// other replies still come, and closing would wait for them without bound.
		replies[i], errs[i] = call.receive(conn)
		if errs[i] != nil && conn.Err() != nil {
			return nil, nil, errs[i]
		}
	}
	return replies, errs, nil
}
