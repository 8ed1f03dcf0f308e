// Code generated from rueidisstore/topology.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"context"
	"errors"

	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

func (c client) EachPrimary(ctx context.Context, visit func(context.Context, redissession.Primary) error) error {
	nodes := redissession.Nodes[valkey.Client]{ByAddr: c.Nodes(), Ask: c.ask, ServerError: c.ServerError}
	return nodes.Visit(ctx, c.cluster(), func(node valkey.Client) error { return visit(ctx, primary{c, node}) })
}

// primary is one of the client's nodes.
type primary struct {
	client client
	node   valkey.Client
}

func (p primary) Pipeline(ctx context.Context, commands ...redissession.Command) (replies []redissession.Reply, err error) {
	err = p.client.Retry(ctx, func(error) error {
		cmds := make([]valkey.Completed, len(commands))
		for i, command := range commands {
			cmds[i] = p.node.B().Arbitrary(command...).Build()
		}
		results := p.node.DoMulti(ctx, cmds...)
		replies = make([]redissession.Reply, len(results))
		for i, result := range results {
			msg, err := reply(result)
			if err == nil {
				replies[i].Value, err = valueOf(&msg)
			}
			if _, ok := p.client.ServerError(err); err != nil && !ok {
				return err
			}
			replies[i].Err = err
		}
		return nil
	})
	return replies, err
}

// do sends the command that build returns, in one or more attempts. It builds a command
// for each: after a success valkey-go reuses the command, although it may still be sending
// it over the connection that broke before.
func (c client) do(ctx context.Context, node valkey.Client, build func() valkey.Completed) (msg valkey.ValkeyMessage, err error) {
	err = c.Retry(ctx, func(last error) (err error) {
		msg, err = reply(c.send(ctx, node, build(), last))
		return err
	})
	return msg, err
}

// send makes one attempt. last is the error of the attempt before it, or nil.
func (c client) send(ctx context.Context, node valkey.Client, cmd valkey.Completed, last error) valkey.ValkeyResult {
	if c.fromReplica(last) {
		return c.sendAll(ctx, node, []valkey.Completed{cmd}, last)[0]
	}
	return sendOne(ctx, node, cmd, last)
}

// sendAll is send for a pipeline.
func (c client) sendAll(ctx context.Context, node valkey.Client, cmds []valkey.Completed, last error) []valkey.ValkeyResult {
	n := len(cmds)
	if c.fromReplica(last) {
		// This was the primary when the client connected. The name of the server or a
		// proxy may lead to another one now, but only for a new connection. Calls of
		// others that QUIT breaks make another attempt.
		cmds = append(cmds, node.B().Arbitrary("QUIT").Build())
	}
	return node.DoMulti(ctx, cmds...)[:n]
}

// fromReplica reports whether err is an answer that only a replica gives.
func (c client) fromReplica(err error) bool {
	if err == nil {
		return false
	}
	text, ok := c.ServerError(err)
	kind := redissession.Kind(text)
	return ok && (kind == "READONLY" || kind == "MASTERDOWN")
}

// Retry makes attempts by redissession's rules.
func (c client) Retry(ctx context.Context, attempt func(last error) error) error {
	var own ownErrors
	return redissession.Retry(ctx, c.ServerError, own.transient, attempt)
}

// ownErrors decides which of valkey-go's own errors are transient, during one call.
type ownErrors struct {
	closed int // how many attempts ended with ErrClosing
	shared redissession.SharedDial
}

func (o *ownErrors) transient(err error) bool {
	switch {
	case errors.Is(err, valkey.ErrNoSlot), errors.Is(err, valkey.ErrDoCacheAborted), errors.Is(err, redissession.ErrNotCached):
		return true
	case err.Error() == "connection is expired":
		// This is the error for ConnLifetime, which valkey-go does not export. valkey-go
		// makes another attempt itself, but not in the pipelines of a node.
		return true
	case errors.Is(err, valkey.ErrClosing):
		// valkey-go has closed the connection because it has another primary now. At the
		// third such error the client itself is closed.
		o.closed++
		return o.closed <= 2
	}
	return o.shared.Transient(err)
}

// ask sends a command to one node.
func (c client) ask(ctx context.Context, node valkey.Client, command ...string) (any, error) {
	msg, err := c.do(ctx, node, func() valkey.Completed { return node.B().Arbitrary(command...).Build() })
	if err != nil {
		return nil, err
	}
	return valueOf(&msg)
}
