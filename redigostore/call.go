package redigostore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

// call is the context of one call of the store: the caller's, ended by the
// store's timeout too. Unlike that of context.WithTimeout its timer starts when
// somebody waits for it, as a full pool and a dial do; most calls find an idle
// connection, on which the deadline is the socket's.
type call struct {
	context.Context
	deadline time.Time
	args     [5]any // room for the command's, which need no allocation here

	mu     sync.Mutex
	timed  context.Context // with the timer; nil until somebody waits
	cancel context.CancelFunc
}

func newCall(ctx context.Context, timeout time.Duration) *call {
	deadline := time.Now().Add(timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return &call{Context: ctx, deadline: deadline}
}

// end cancels the context, as every context that has a timer must be.
func (c *call) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed = ended
	} else if c.cancel != nil {
		c.cancel()
	}
}

// ended is the context of calls that have ended and never had a timer.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (c *call) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed, c.cancel = context.WithDeadline(c.Context, c.deadline)
	}
	return c.timed.Done()
}

// Err agrees with Done, which the context package relies on: once somebody
// waits, both are those of the context with the timer.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed != nil {
		return c.timed.Err()
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(c.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// do sends one command on conn and waits for its reply for one share of so many
// of the time until the deadline. Only the deadline counts: a connection that is
// about to be used is not given up because the request was cancelled.
func (c *call) do(conn redis.Conn, shares int, command string, args ...any) (any, error) {
	left := time.Until(c.deadline)
	if left <= 0 {
		return nil, context.DeadlineExceeded
	}
	timeout := max(left/time.Duration(shares), 1) // none would be no timeout
	defer giveUpInPanic(conn)
	sent := append(c.args[:0], args...)
	reply, err := redis.DoWithTimeout(conn, timeout, command, sent...)
	if err == errNoTimeouts {
		reply, err = conn.Do(command, sent...)
	}
	return reply, c.timedOut(err)
}

// receive waits for the next reply of a pipeline until the deadline.
func (c *call) receive(conn redis.Conn) (any, error) {
	// Not an error of our own when it is too late: Close waits without bound for
	// the replies of a connection that redigo does not know to be broken.
	timeout := max(time.Until(c.deadline), 1)
	defer giveUpInPanic(conn)
	reply, err := redis.ReceiveWithTimeout(conn, timeout)
	if err == errNoTimeouts {
		reply, err = conn.Receive()
	}
	return reply, c.timedOut(err)
}

// timedOut makes the error of a read that the deadline has ended the context's
// error too.
func (c *call) timedOut(err error) error {
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
