package redigostore

import (
	"context"
	"errors"
	"reflect"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// cluster is a *redisc.Cluster, or a type that embeds one.
type cluster interface {
	Pool
	Refresh() error
	EachNode(replicas bool, fn func(addr string, conn redis.Conn) error) error
}

func (c *client) EachShard(ctx context.Context, visit func(context.Context, redissession.Shard) error) error {
	if c.cluster == nil {
		return visit(ctx, shard{client: c})
	}
	// A redisc cluster that has not met a redirection yet knows its start-up
	// nodes only, which need not be all.
	if err := c.cluster.Refresh(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var addrs []string
	err := c.cluster.EachNode(false, func(addr string, _ redis.Conn) error {
		addrs = append(addrs, addr)
		return ctx.Err() // before it connects to the next
	})
	if err != nil {
		return err
	}
	visits := make([]func() error, len(addrs))
	for i, addr := range addrs {
		visits[i] = func() error { return c.visitNode(ctx, addr, visit) }
	}
	return redissession.Concurrently(visits)
}

func (c *client) visitNode(ctx context.Context, addr string, visit func(context.Context, redissession.Shard) error) error {
	call := newCall(ctx, c.timeout)
	defer call.end()
	conn, err := c.dialNode(call, addr)
	if err != nil {
		return call.timedOut(err)
	}
	defer conn.Close()
	return visit(ctx, shard{client: c, conn: conn})
}

// dialNode connects to one node of the cluster, as redisc itself would: with the
// fields DialOptions and CreatePool. It has no method for a node of one's choice,
// and its EachNode waits for connections while it holds others. The connection is
// nobody else's and ends when it is closed.
func (c *client) dialNode(ctx context.Context, addr string) (redis.Conn, error) {
	v := reflect.Indirect(reflect.ValueOf(c.pool))
	if v.Kind() != reflect.Struct {
		return nil, errHidden
	}
	options, ok1 := field[[]redis.DialOption](v, "DialOptions")
	create, ok2 := field[func(string, ...redis.DialOption) (*redis.Pool, error)](v, "CreatePool")
	if !ok1 || !ok2 {
		return nil, errHidden
	}
	if create == nil {
		return redis.DialContext(ctx, "tcp", addr, options...)
	}
	pool, err := create(addr, options...)
	if err != nil {
		return nil, err
	}
	defer pool.Close() // what it has handed out lives on
	return pool.GetContext(ctx)
}

var errHidden = errors.New("the pool is a cluster's, but does not embed a redisc.Cluster, whose fields say how to connect to a node")

func field[T any](v reflect.Value, name string) (value T, ok bool) {
	f := v.FieldByName(name)
	if !f.IsValid() || !f.CanInterface() {
		return value, false
	}
	value, ok = f.Interface().(T)
	return value, ok
}
