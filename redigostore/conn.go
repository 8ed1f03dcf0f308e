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

// conn is a connection that a call has taken, and the time at which the call is
// to end.
type conn struct {
	redis.Conn
	deadline time.Time
}

// deadline is when a call that begins now ends at the latest.
func (c *client) deadline(ctx context.Context) time.Time {
	deadline := time.Now().Add(c.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return deadline
}

// with calls use with a connection of pool, on a Cluster with one to the node
// that has key.
func with(ctx context.Context, deadline time.Time, pool Pool, key string, use func(conn) error) error {
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

// once is with for one connection. It reports whether the call has failed because
// that was of no use.
func once(ctx context.Context, deadline time.Time, pool Pool, key string, use func(conn) error) (useless bool, err error) {
	taken, err := take(ctx, deadline, pool, key)
	if err != nil {
		return false, err
	}
	k, returned := conn{taken, deadline}, false
	defer func() {
		if !returned {
			// redigo panics at a reply that announces more bytes than there can be,
			// and would take what follows for the replies to later commands.
			k.giveUp()
		}
		if returned || k.Err() != nil {
			k.Close()
		}
	}()
	err = use(k)
	returned = true
	return err != nil && k.Err() != nil && !errors.Is(err, context.DeadlineExceeded), err
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

// take takes a connection from pool. Where the pool may call a function of the
// application's, it does so on a goroutine, which is left behind at the deadline:
// redigo gives most of these functions no context, and a PING in TestOnBorrow waits
// for ever for a server that hangs.
func take(ctx context.Context, deadline time.Time, pool Pool, key string) (conn redis.Conn, err error) {
	// redigo hands out a connection although ctx has ended.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p, ok := pool.(*redis.Pool); ok && ready(p) {
		if p.Wait { // somebody else may take the connection first
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline)
			defer cancel()
		}
		conn, err = p.GetContext(ctx)
	} else {
		conn, err = takeWithin(ctx, deadline, pool, key)
	}
	if errors.Is(err, redis.ErrNil) {
		err = redissession.Note("no connection: a reply was nil in a function of the pool, as a sentinel's is that does not know the name", err)
	}
	return conn, timedOut(err)
}

// ready reports whether p has a connection for which it calls nothing. Somebody
// else may take that first; then Dial has its own timeouts alone.
func ready(p *redis.Pool) bool {
	return p.TestOnBorrow == nil && p.TestOnBorrowContext == nil &&
		p.IdleTimeout == 0 && p.MaxConnLifetime == 0 && p.IdleCount() > 0
}

func takeWithin(ctx context.Context, deadline time.Time, pool Pool, key string) (redis.Conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return within(ctx, func() (redis.Conn, error) { return get(ctx, pool, key) }, func(conn redis.Conn) { conn.Close() })
}

func get(ctx context.Context, pool Pool, key string) (redis.Conn, error) {
	if p, ok := pool.(interface {
		GetContext(context.Context) (redis.Conn, error)
	}); ok {
		return p.GetContext(ctx)
	}
	conn := pool.Get()
	// A connection of redisc connects with its first command, whose first argument
	// it takes for the key. It is to connect now, and EVAL begins with the script.
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
	if err := conn.Err(); err != nil { // that of Dial, too
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// binder is what a connection of redisc is.
type binder interface{ Bind(keys ...string) error }

// within returns what f does, or the error of ctx when that is over first. Then
// the goroutine on which f runs goes on until f ends, and gives its value to late.
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
func (k conn) do(command string, args ...any) (any, error) {
	timeout := time.Until(k.deadline)
	if timeout <= 0 {
		return nil, context.DeadlineExceeded
	}
	reply, err := redis.DoWithTimeout(k.Conn, timeout, command, args...)
	if err == errNoTimeouts {
		reply, err = k.Do(command, args...)
	}
	if k.misled(err) {
		k.giveUp()
	}
	return reply, timedOut(err)
}

// pipeline sends commands in one round trip and waits for their replies until the
// deadline.
func (k conn) pipeline(commands []redissession.Command) ([]redissession.Reply, error) {
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
	replies, elsewhere := make([]redissession.Reply, len(commands)), false
	for i := range replies {
		reply, err := k.receive()
		if err != nil && !errors.As(err, new(redis.Error)) {
			return nil, err
		}
		replies[i] = redissession.Reply{Value: reply, Err: err}
		elsewhere = elsewhere || k.misled(err)
	}
	if elsewhere {
		k.giveUp()
	}
	return replies, nil
}

func (k conn) receive() (any, error) {
	// Never too late for a try: Close waits without bound for the replies of a
	// connection that redigo does not know to be broken.
	reply, err := redis.ReceiveWithTimeout(k.Conn, max(time.Until(k.deadline), 1))
	if err == errNoTimeouts {
		reply, err = k.Receive()
	}
	return reply, timedOut(err)
}

// giveUp breaks a connection, so that its pool does not hand it out again. redigo
// has no method for that, but does it to one whose read has timed out. One that
// takes no timeout has the server close it.
func (k conn) giveUp() {
	if _, err := redis.ReceiveWithTimeout(k.Conn, 1); err == errNoTimeouts {
		k.Do("QUIT")
		k.Receive()
	}
}

// misled reports whether a server's error says that another server is right, to
// which a new connection may lead, and the old one does not: that to a primary
// which has become a replica, or one of redisc to a node which has left its address
// to another.
func (k conn) misled(err error) bool {
	if err == nil {
		return false
	}
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	switch redissession.Kind(string(reply)) {
	case "READONLY", "MASTERDOWN":
		return true
	case "MOVED":
		_, ok := k.Conn.(binder)
		return ok
	}
	return false
}

// timedOut makes the error of a read that the deadline has ended the context's
// error too.
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

// errNoTimeouts is redigo's unexported error for a connection, such as one that
// a tracing library wraps, that takes no timeout. Nothing has been sent then.
var _, errNoTimeouts = redis.DoWithTimeout(struct{ redis.Conn }{}, 0, "")
