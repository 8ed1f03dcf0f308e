package redigostore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// client is redissession.Client in redigo's words. It holds at most one
// connection at a time, so a pool of one will do.
type client struct {
	pool    Pool
	timeout time.Duration
}

// get takes a connection from the pool. *redis.Pool can be told when to stop
// waiting; a *redisc.Cluster has its own PoolWaitTime.
func (c *client) get(call *call) (redis.Conn, error) {
	if err := call.Err(); err != nil {
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
	conn, err := c.get(call)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return call.do(conn, command, args...)
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

func isWrongType(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && strings.HasPrefix(string(reply), "WRONGTYPE")
}

// cluster is a *redisc.Cluster.
type cluster interface {
	Refresh() error
	EachNode(replicas bool, fn func(addr string, conn redis.Conn) error) error
}

func (c *client) EachShard(ctx context.Context, visit func(context.Context, redissession.Shard) error) error {
	cluster, ok := c.pool.(cluster)
	if !ok {
		return visit(ctx, shard{client: c})
	}
	// A redisc cluster that has not met a redirection yet knows its start-up
	// nodes only, which need not be all.
	if err := cluster.Refresh(); err != nil {
		return err
	}
	return cluster.EachNode(false, func(_ string, conn redis.Conn) error {
		return visit(ctx, shard{client: c, conn: conn})
	})
}

// shard is one primary: that of conn, or the pool's only one.
type shard struct {
	*client
	conn redis.Conn
}

func (s shard) ClusterNodes(ctx context.Context) (string, error) {
	if s.conn == nil {
		return "", nil
	}
	return redis.String(newCall(ctx, s.timeout).do(s.conn, "CLUSTER", "NODES"))
}

func (s shard) Scan(ctx context.Context, cursor uint64, pattern string, count int) ([]string, uint64, error) {
	args := []any{strconv.FormatUint(cursor, 10), "MATCH", pattern, "COUNT", count}
	var reply any
	var err error
	if s.conn == nil {
		reply, err = s.do(ctx, "SCAN", args...)
	} else {
		reply, err = newCall(ctx, s.timeout).do(s.conn, "SCAN", args...)
	}
	values, err := redis.Values(reply, err)
	if err != nil {
		return nil, 0, err
	}
	if len(values) != 2 {
		return nil, 0, fmt.Errorf("reply to SCAN has %d elements; want 2", len(values))
	}
	next, err := redis.Uint64(values[0], nil)
	if err != nil {
		return nil, 0, err
	}
	keys, err := redis.Strings(values[1], nil)
	return keys, next, err
}

func (s shard) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	call := newCall(ctx, s.timeout)
	defer call.end()
	conn := s.conn
	if conn == nil {
		var err error
		if conn, err = s.get(call); err != nil {
			return nil, err
		}
		defer conn.Close()
	}
	for _, key := range keys {
		if err := conn.Send("GET", key); err != nil {
			return nil, err
		}
	}
	if err := conn.Flush(); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	var failed error
	for i := range values {
		// An error that leaves the connection whole belongs to one command. The
		// other replies still come, and closing would wait for them without bound.
		var err error
		values[i], err = redis.Bytes(call.receive(conn))
		switch {
		case err == nil, err == redis.ErrNil, isWrongType(err):
		case conn.Err() == nil:
			failed = err
		default:
			return nil, err
		}
	}
	return values, failed
}
