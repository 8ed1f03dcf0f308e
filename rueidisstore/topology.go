package rueidisstore

import (
	"context"
	"errors"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

func (c client) EachPrimary(ctx context.Context, visit func(context.Context, redissession.Primary) error) error {
	nodes := redissession.Nodes{ByAddr: make(map[string]redissession.Primary), ServerError: c.ServerError}
	for addr, node := range c.Nodes() {
		nodes.ByAddr[addr] = client{Client: node}
	}
	return nodes.Visit(ctx, c.cluster(), visit)
}

// Pipeline is for the client of one node, which is a redissession.Primary.
func (c client) Pipeline(ctx context.Context, commands ...redissession.Command) (replies []redissession.Reply, err error) {
	err = c.Retry(ctx, func(error) error {
		cmds := make([]rueidis.Completed, len(commands))
		for i, command := range commands {
			cmds[i] = c.B().Arbitrary(command...).Build()
		}
		replies = make([]redissession.Reply, len(commands))
		for i, result := range c.DoMulti(ctx, cmds...) {
			value, err := valueOf(result)
			if _, ok := c.ServerError(err); err != nil && !ok {
				return err
			}
			replies[i] = redissession.Reply{Value: value, Err: err}
		}
		return nil
	})
	return replies, err
}

// do sends the command that build returns, in one or more attempts. It builds a command
// for each: after a success rueidis reuses the command, although it may still be sending
// it over the connection that broke before.
func (c client) do(ctx context.Context, build func() rueidis.Completed) (reply any, err error) {
	err = c.Retry(ctx, func(last error) (err error) {
		reply, err = valueOf(c.send(ctx, last, build()))
		return err
	})
	return reply, err
}

// send makes one attempt. last is the error of the attempt before it, or nil.
func (c client) send(ctx context.Context, last error, cmd rueidis.Completed) rueidis.RedisResult {
	if redissession.FromReplica(c.ServerError, last) {
		return c.sendAll(ctx, last, []rueidis.Completed{cmd})[0]
	}
	return sendOne(ctx, c.Client, cmd, last)
}

// sendAll is send for a pipeline.
func (c client) sendAll(ctx context.Context, last error, cmds []rueidis.Completed) []rueidis.RedisResult {
	n := len(cmds)
	if redissession.FromReplica(c.ServerError, last) {
		// This was the primary when the client connected. The name of the server or a
		// proxy may lead to another one now, but only for a new connection. Calls of
		// others that QUIT breaks make another attempt.
		cmds = append(cmds, c.B().Arbitrary("QUIT").Build())
	}
	return c.DoMulti(ctx, cmds...)[:n]
}

// Retry makes attempts by redissession's rules.
func (c client) Retry(ctx context.Context, attempt func(last error) error) error {
	var shared redissession.SharedDial
	closed := 0 // how many attempts ended with ErrClosing
	return redissession.Retry(ctx, c.ServerError, func(err error) bool {
		switch {
		case errors.Is(err, rueidis.ErrNoSlot), errors.Is(err, rueidis.ErrDoCacheAborted):
			return true
		case err.Error() == "connection is expired":
			// This is the error for ConnLifetime, which rueidis does not export. rueidis
			// makes another attempt itself, but not in the pipelines of a node.
			return true
		case errors.Is(err, rueidis.ErrClosing):
			// rueidis has closed the connection because it has another primary now, or on a
			// Cluster because a slot has moved. At the sixth such error, 150 ms later, the
			// client itself is closed.
			closed++
			return closed <= 5
		}
		return shared.Transient(err)
	}, attempt)
}
