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
		// Until it meets a redirection a cluster knows only its start-up nodes, which may
		// not be all nodes.
		err = c.cluster.Refresh()
		for n := idle(c.pool); err != nil && n > 0 && ctx.Err() == nil; n-- {
			err = c.cluster.Refresh() // each call removes a broken connection
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

// primary is one primary: the server that pool leads to.
type primary struct {
	*client
	pool Pool
}

func (p *primary) Pipeline(ctx context.Context, commands ...redissession.Command) (replies []redissession.Reply, err error) {
	deadline := p.deadline(ctx)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	err = redissession.Retry(ctx, p.ServerError, nil, func(error) error {
		return withConn(ctx, deadline, p.pool, anyNode, func(k *conn) (err error) {
			replies, err = k.pipeline(commands)
			return err
		})
	})
	return replies, err
}

// do calls use in each attempt, until the deadline, with a connection to the node that
// has key.
func (c *client) do(ctx context.Context, deadline time.Time, key string, use func(*conn) error) error {
	firstDeadline := deadline
	if c.cluster != nil {
		// The other half is for another node that may have taken its place.
		firstDeadline = deadline.Add(-time.Until(deadline) / 2)
	}
	err := c.attempt(ctx, firstDeadline, nil, key, use)
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
			return err // of the first attempt, which needs no context of its own
		}
		return c.attempt(ctx, deadline, last, key, use)
	})
}

// gone reports whether another node may have taken the place of one that cannot be
// reached, or does not answer. The next attempt asks another node.
func (c *client) gone(error) bool { return c.cluster != nil }

// attempt makes one attempt. last is the error of the attempt before it, or nil.
func (c *client) attempt(ctx context.Context, deadline time.Time, last error, key string, use func(*conn) error) error {
	if last == nil || c.cluster == nil {
		return withConn(ctx, deadline, c.pool, key, use)
	}
	if _, answered := c.ServerError(last); !answered {
		return withConn(ctx, deadline, c.pool, anyNode, use)
	}
	kind, addr := redirection(last)
	if kind != "ASK" { // redisc has learnt from a MOVED
		return withConn(ctx, deadline, c.pool, key, use)
	}
	// The keys of the slot are moving to that node.
	pool, err := c.node(addr)
	if err != nil {
		return err
	}
	defer pool.Close()
	return withConn(ctx, deadline, pool, anyNode, func(k *conn) error {
		if _, err := k.do("ASKING"); err != nil {
			return err
		}
		return use(k)
	})
}

// anyNode stands for a key if any node will do. A node without the key of a command
// answers with the address of the node that has it, and redisc learns from that. So even
// a session whose key is empty is found.
const anyNode = ""

// redirection returns the kind, MOVED or ASK, and the address in an error that redirects
// to another node of a Cluster.
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

// node returns a pool of connections to one node of the cluster. It makes them as redisc
// does, with the fields DialOptions and CreatePool. redisc itself gives a connection to a
// chosen node only in EachNode, which connects to all nodes but those without slots, and
// the target of an ASK may have none.
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
		defer pool.Close() // connections that it has handed out stay open
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
