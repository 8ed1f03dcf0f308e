package redigostore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// conn is a connection that a call has taken from a pool, and the deadline of the call.
type conn struct {
	redis.Conn
	deadline time.Time

	// wrong says that the connection leads to the wrong server, and a new one may lead to
	// the right one: a primary has become a replica, or a node of a Cluster has left its
	// address to another node.
	wrong bool
}

// deadline returns the time at which a call that begins now has to end.
func (c *client) deadline(ctx context.Context) time.Time {
	deadline := time.Now().Add(c.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return deadline
}

// withConn calls use with a connection from pool, on a Cluster to the node that has key.
func withConn(ctx context.Context, deadline time.Time, pool Pool, key string, use func(*conn) error) error {
	useless, err := once(ctx, deadline, pool, key, use)
	if useless {
		// After a restart or a failover all idle connections are of no use, and there
		// may be more of them than attempts.
		for range idle(pool) {
			if useless, err = once(ctx, deadline, pool, key, use); !useless {
				break
			}
		}
	}
	return err
}

// once is withConn for one connection. useless reports whether the call failed because
// the connection was of no use.
func once(ctx context.Context, deadline time.Time, pool Pool, key string, use func(*conn) error) (useless bool, err error) {
	taken, err := take(ctx, deadline, pool, key)
	if err != nil {
		return false, err
	}
	k, returned := &conn{Conn: taken, deadline: deadline}, false
	defer func() {
		// redigo panics if a reply announces more bytes than there can be. Afterwards Close
		// would wait for the rest, and the next call would take it for its reply.
		if k.wrong || !returned {
			k.giveUp()
		}
		useless = err != nil && k.Err() != nil && !errors.Is(err, context.DeadlineExceeded)
		k.Close()
	}()
	err = use(k)
	returned = true
	return // useless is set above
}

// idle counts the idle connections of pool.
func idle(pool Pool) int {
	switch p := pool.(type) {
	case interface{ IdleCount() int }: // a *redis.Pool
		return p.IdleCount()
	case interface {
		Stats() map[string]redis.PoolStats
	}: // a *redisc.Cluster
		n := 0
		for _, stats := range p.Stats() {
			n += stats.IdleCount
		}
		return n
	}
	return 0
}

// take takes a connection from pool. If the pool may wait, or call a function of the
// application, take uses it on a goroutine, which it leaves behind at the deadline: redigo
// gives most of these functions no context, and a PING in TestOnBorrow waits for ever for
// a server that hangs.
func take(ctx context.Context, deadline time.Time, pool Pool, key string) (conn redis.Conn, err error) {
	// redigo hands out a connection although ctx has ended.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p, ok := pool.(*redis.Pool); ok && ready(p) {
		conn, err = p.GetContext(ctx)
	} else {
		ctx, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		conn, err = within(ctx, func() (redis.Conn, error) { return get(ctx, pool, key) }, func(late redis.Conn) { late.Close() })
	}
	if errors.Is(err, redis.ErrNil) {
		err = redissession.Note("no connection: a reply was nil in a function of the pool, as a sentinel's is that does not know the name", err)
	}
	return conn, timedOut(err)
}

// ready reports whether p has an idle connection that it hands out without a wait and
// without calling a function. If somebody else takes it first, only Dial's own timeouts
// bound the call.
func ready(p *redis.Pool) bool {
	return !p.Wait && p.TestOnBorrow == nil && p.TestOnBorrowContext == nil &&
		p.IdleTimeout == 0 && p.MaxConnLifetime == 0 && p.IdleCount() > 0
}

func get(ctx context.Context, pool Pool, key string) (redis.Conn, error) {
	if p, ok := pool.(interface {
		GetContext(context.Context) (redis.Conn, error)
	}); ok {
		return p.GetContext(ctx)
	}
	conn := pool.Get()
	// A connection of redisc connects with its first command, and takes the first
	// argument for the key. EVAL begins with the script, so Bind connects it now.
	if c, ok := conn.(binder); ok {
		keys := []string{key}
		if key == anyNode {
			keys = nil
		}
		if err := c.Bind(keys...); err != nil {
			conn.Close()
			return nil, err
		}
	}
	if err := conn.Err(); err != nil { // also the error of Dial
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// binder is the interface of redisc's connections.
type binder interface{ Bind(keys ...string) error }

// within returns the result of f, or the error of ctx if ctx ends first. In that case the
// goroutine of f goes on until f returns, and passes the value to late.
func within[T any](ctx context.Context, f func() (T, error), late func(T)) (T, error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil { // here no caller could recover it
				r.err = fmt.Errorf("the pool panicked: %v", p)
			}
			select {
			case results <- r:
			case <-ctx.Done():
				if r.err == nil {
					late(r.value)
				}
			}
		}()
		r.value, r.err = f()
	}()
	select {
	case r := <-results:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// do sends one command and waits for its reply until the deadline.
func (k *conn) do(command string, args ...any) (any, error) {
	timeout := time.Until(k.deadline)
	if timeout <= 0 {
		return nil, context.DeadlineExceeded
	}
	reply, err := redis.DoWithTimeout(k.Conn, timeout, command, args...)
	if err == errNoTimeouts {
		reply, err = k.Do(command, args...)
	}
	return reply, k.checked(err)
}

// pipeline sends commands in one round trip and waits for their replies until the
// deadline.
func (k *conn) pipeline(commands []redissession.Command) ([]redissession.Reply, error) {
	for _, command := range commands {
		args := make([]any, len(command)-1)
		for i, arg := range command[1:] {
			args[i] = arg
		}
		if err := k.Send(command[0], args...); err != nil {
			return nil, err
		}
	}
	if err := k.Flush(); err != nil {
		return nil, err
	}
	replies := make([]redissession.Reply, len(commands))
	for i := range replies {
		// It reads even after the deadline, so that redigo knows the connection to be
		// broken. Otherwise Close waits without bound for the replies.
		reply, err := k.receive(max(time.Until(k.deadline), 1))
		if err = k.checked(err); err != nil && !errors.As(err, new(redis.Error)) {
			return nil, err
		}
		replies[i] = redissession.Reply{Value: reply, Err: err}
	}
	return replies, nil
}

// receive waits for a reply until the timeout, if the connection takes one.
func (k *conn) receive(timeout time.Duration) (any, error) {
	reply, err := redis.ReceiveWithTimeout(k.Conn, timeout)
	if err == errNoTimeouts {
		reply, err = k.Receive()
	}
	return reply, err
}

// checked returns the error of a reply, and notes if it says that the server is the wrong
// one.
func (k *conn) checked(err error) error {
	if err == nil {
		return nil
	}
	text, _ := serverError(err)
	_, ofCluster := k.Conn.(binder)
	if redissession.FromReplica(serverError, err) || ofCluster && redissession.Kind(text) == "MOVED" {
		k.wrong = true
	}
	return timedOut(err)
}

// giveUp breaks a connection, so that its pool does not hand it out again. redigo has no
// method for that, but does it after a read has timed out. If the connection takes no
// timeout, QUIT makes the server close it. redigo does not read before it has handed out
// the replies in its buffer.
func (k *conn) giveUp() {
	_, err := redis.ReceiveWithTimeout(k.Conn, 1)
	if err == errNoTimeouts {
		_, err = k.Do("QUIT")
	}
	for err == nil || errors.As(err, new(redis.Error)) {
		_, err = k.receive(1)
	}
}

// timedOut makes the error of a read that timed out a context.DeadlineExceeded too.
func timedOut(err error) error {
	if err == nil {
		return nil
	}
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// errNoTimeouts is redigo's unexported error for a connection that takes no timeout, such
// as one that a tracing library wraps. redigo has sent nothing then.
var _, errNoTimeouts = redis.DoWithTimeout(struct{ redis.Conn }{}, 0, "")
