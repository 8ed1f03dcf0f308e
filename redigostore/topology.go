package redigostore

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// cluster is a *redisc.Cluster, or a type that embeds one.
type cluster interface {
	Pool
	Refresh() error
	EachNode(replicas bool, fn func(addr string, conn redis.Conn) error) error
}

func (c *client) EachPrimary(ctx context.Context, visit func(context.Context, redissession.Primary) error) error {
	if c.cluster == nil {
		return visit(ctx, &primary{c, c.pool})
	}
	addrs, err := c.addrs(ctx)
	if err != nil {
		return err
	}
	return redissession.Concurrently(addrs, func(addr string) error {
		pool, err := c.node(addr)
		if err != nil {
			return err
		}
		defer pool.Close()
		return visit(ctx, &primary{c, pool})
	})
}

// addrs returns the addresses of the cluster's primaries.
func (c *client) addrs(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return within(ctx, func() (addrs []string, err error) {
		// A cluster that has not met a redirection yet knows its start-up nodes only,
		// which need not be all.
		err = c.cluster.Refresh()
		for n := idle(c.pool); err != nil && n > 0 && ctx.Err() == nil; n-- {
			err = c.cluster.Refresh() // each gets rid of a broken connection
		}
		if err != nil {
			return nil, err
		}
		err = c.cluster.EachNode(false, func(addr string, _ redis.Conn) error {
			addrs = append(addrs, addr)
			return ctx.Err() // before it connects to the next
		})
		return addrs, err
	}, func([]string) {})
}

// primary is one primary: that of the client's pool, or the node that pool leads
// to.
type primary struct {
	*client
	pool Pool
}

func (p *primary) Pipeline(ctx context.Context, commands ...redissession.Command) (replies []redissession.Reply, err error) {
	deadline := p.deadline(ctx)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	err = redissession.Retry(ctx, p.ServerError, nil, func(error) error {
		return with(ctx, deadline, p.pool, anyNode, func(k conn) (err error) {
			replies, err = k.pipeline(commands)
			return err
		})
	})
	return replies, err
}

// do makes attempts at what use sends until the deadline, to the node that has
// key.
func (c *client) do(ctx context.Context, deadline time.Time, key string, use func(conn) error) error {
	first := deadline
	if c.cluster != nil {
		// The other half is for finding out whether it is still the node to ask.
		first = deadline.Add(-time.Until(deadline) / 2)
	}
	err := c.attempt(ctx, first, nil, key, use)
	if err == nil {
		return nil
	}
	if kind, _ := redirection(err); c.cluster == nil && kind != "" {
		return redissession.Note("the pool leads to one node of a Cluster, which takes a redisc.Cluster", err)
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return redissession.Retry(ctx, c.ServerError, c.gone, func(last error) error {
		if last == nil {
			return err // of the first, which needs no context of its own
		}
		return c.attempt(ctx, deadline, last, key, use)
	})
}

// gone reports whether another node may have taken the place of one that cannot
// be reached, or does not answer. Only another node can say so.
func (c *client) gone(error) bool { return c.cluster != nil }

// attempt makes one attempt, after one that ended with last, or nil.
func (c *client) attempt(ctx context.Context, deadline time.Time, last error, key string, use func(conn) error) error {
	if last == nil || c.cluster == nil {
		return with(ctx, deadline, c.pool, key, use)
	}
	if _, answered := c.ServerError(last); !answered {
		return with(ctx, deadline, c.pool, anyNode, use)
	}
	kind, addr := redirection(last)
	if kind != "ASK" { // redisc has learnt from a MOVED
		return with(ctx, deadline, c.pool, key, use)
	}
	// The keys of the slot are moving there.
	pool, err := c.node(addr)
	if err != nil {
		return err
	}
	defer pool.Close()
	return with(ctx, deadline, pool, anyNode, func(k conn) error {
		if _, err := k.do("ASKING"); err != nil {
			return err
		}
		return use(k)
	})
}

// anyNode takes the place of a key where any node will do. One that has not the
// key of a command answers with the address of the one that has, and redisc learns
// from that. So a session whose key is really empty is found, too.
const anyNode = ""

// redirection returns the parts of an error that sends to another node of a
// Cluster: MOVED or ASK, the slot, and the address.
func redirection(err error) (kind, addr string) {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return "", ""
	}
	fields := strings.Fields(string(reply))
	if len(fields) != 3 || fields[0] != "MOVED" && fields[0] != "ASK" {
		return "", ""
	}
	return fields[0], fields[2]
}

// node returns a pool of connections to one node of the cluster, made as redisc
// makes them, with the fields DialOptions and CreatePool. redisc's own connections
// to a node of one's choice can be had from EachNode alone, which connects to all
// nodes, and never to one without slots, as the target of an ASK may be.
func (c *client) node(addr string) (*redis.Pool, error) {
	v := reflect.Indirect(reflect.ValueOf(c.pool))
	if v.Kind() != reflect.Struct {
		return nil, errHidden
	}
	options, ok1 := field[[]redis.DialOption](v, "DialOptions")
	create, ok2 := field[func(string, ...redis.DialOption) (*redis.Pool, error)](v, "CreatePool")
	if !ok1 || !ok2 {
		return nil, errHidden
	}
	return &redis.Pool{MaxIdle: 1, DialContext: func(ctx context.Context) (redis.Conn, error) {
		if create == nil {
			return redis.DialContext(ctx, "tcp", addr, options...)
		}
		pool, err := create(addr, options...)
		if err != nil {
			return nil, err
		}
		defer pool.Close() // what it has handed out lives on
		return pool.GetContext(ctx)
	}}, nil
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
