// Code generated from rueidisstore/topology.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

func (c client) EachPrimary(ctx context.Context, visit func(context.Context, redissession.Primary) error) error {
	find := c.onlyPrimary
	if c.cluster() {
		find = c.primaries
	}
	nodes, err := find(ctx, c.Nodes())
	if err != nil {
		return err
	}
	visits := make([]func() error, len(nodes))
	for i, node := range nodes {
		visits[i] = func() error { return visit(ctx, primary{c, node}) }
	}
	return redissession.Concurrently(visits)
}

// primary is one of the client's nodes.
type primary struct {
	client client
	node   valkey.Client
}

func (p primary) Pipeline(ctx context.Context, commands ...redissession.Command) (replies []redissession.Reply, err error) {
	err = p.client.retry(ctx, func(error) error {
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

// do sends the command that build makes, and makes further attempts. A command is
// built for each, because valkey-go uses one that has succeeded for another although
// it may still be sending it over the connection that broke before.
func (c client) do(ctx context.Context, node valkey.Client, build func() valkey.Completed) (msg valkey.ValkeyMessage, err error) {
	err = c.retry(ctx, func(last error) (err error) {
		msg, err = reply(c.send(ctx, node, build(), last))
		return err
	})
	return msg, err
}

// send makes one attempt, after one that ended with last, or nil.
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
		// This was the primary when it was connected to. The name of the server or
		// a proxy may lead to another one now, but only a new connection. What
		// others have sent on this one is attempted again.
		cmds = append(cmds, node.B().Arbitrary("QUIT").Build())
	}
	return node.DoMulti(ctx, cmds...)[:n]
}

// fromReplica reports whether only a replica gives this answer.
func (c client) fromReplica(err error) bool {
	if err == nil {
		return false
	}
	text, ok := c.ServerError(err)
	kind := redissession.Kind(text)
	return ok && (kind == "READONLY" || kind == "MASTERDOWN")
}

// retry makes attempts by redissession's rules.
func (c client) retry(ctx context.Context, attempt func(last error) error) error {
	var own transience
	return redissession.Retry(ctx, c.ServerError, own.of, attempt)
}

// transience tells which of the errors of one call that are valkey-go's own another
// attempt may not meet.
type transience struct {
	closed int       // connections that valkey-go had closed
	ended  time.Time // when somebody else's context first ended an attempt
}

// othersTime is how long a call makes further attempts if others' contexts keep
// ending them.
const othersTime = time.Second

func (t *transience) of(err error) bool {
	switch {
	case errors.Is(err, valkey.ErrNoSlot), errors.Is(err, valkey.ErrDoCacheAborted), errors.Is(err, errNotCached):
		return true
	case err.Error() == "connection is expired":
		// For ConnLifetime. valkey-go repeats this by itself, but not in the pipelines of
		// a node, and does not export the error.
		return true
	case errors.Is(err, valkey.ErrClosing):
		// valkey-go has closed the connection because it has another primary now. If it
		// says so again and again the client is closed.
		t.closed++
		return t.closed <= 2
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), dialTimedOut(err):
		// Calls share the making of a connection, and all end with the context of the
		// one that began. But a server that hangs for Dialer.Timeout ends them with the
		// same error, so there is one more attempt, and others for a short time only.
		if t.ended.IsZero() {
			t.ended = time.Now()
			return true
		}
		return time.Since(t.ended) < othersTime
	}
	return false
}

// dialTimedOut reports whether err is the end of a deadline during a dial, in the
// words of package net.
func dialTimedOut(err error) bool {
	var opErr *net.OpError
	return errors.As(err, &opErr) && opErr.Op == "dial" && opErr.Timeout()
}

// primaries returns the nodes of a Cluster that are primaries. One that the
// client does not know yet is left out.
func (c client) primaries(ctx context.Context, nodes map[string]valkey.Client) (primaries []valkey.Client, err error) {
	addrs, err := c.slotOwners(ctx, nodes)
	for addr := range addrs {
		if node, ok := nodes[addr]; ok {
			primaries = append(primaries, node)
		}
	}
	return primaries, err
}

// slotOwners returns the addresses of the primaries, as the first node to answer
// knows them. A replica that is down must not matter.
func (c client) slotOwners(ctx context.Context, nodes map[string]valkey.Client) (owners map[string]bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var refusal error // of a server, which says more than that another is down
	var visits []func() error
	for asked, node := range nodes {
		visits = append(visits, func() error {
			reply, err := c.ask(ctx, node, "CLUSTER", "SLOTS")
			var addrs map[string]bool
			if err == nil {
				addrs, err = redissession.SlotOwners(reply, asked)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				owners = addrs
				cancel()
			} else if _, ok := c.ServerError(err); ok {
				refusal = err
			}
			return err
		})
	}
	err = redissession.Concurrently(visits)
	switch {
	case owners != nil:
		return owners, nil
	case refusal != nil:
		return nil, refusal
	}
	return nil, err
}

// onlyPrimary returns the one primary among nodes that are no Cluster's: the
// client may have its replicas too, and may not know yet which has been promoted.
// Two that say that they are the primary are an error.
func (c client) onlyPrimary(ctx context.Context, nodes map[string]valkey.Client) (primaries []valkey.Client, err error) {
	for _, node := range nodes {
		if len(nodes) == 1 {
			return []valkey.Client{node}, nil
		}
		primary, roleErr := c.isPrimary(ctx, node)
		if roleErr != nil {
			err = roleErr
		} else if primary {
			primaries = append(primaries, node)
		}
	}
	switch len(primaries) {
	case 0:
		return nil, err
	case 1:
		return primaries, nil
	}
	return nil, fmt.Errorf("%d servers say that they are the primary", len(primaries))
}

// isPrimary asks a node for its role: valkey-go lists replicas too.
func (c client) isPrimary(ctx context.Context, node valkey.Client) (bool, error) {
	reply, err := c.ask(ctx, node, "ROLE")
	if err != nil {
		return false, err
	}
	return redissession.IsPrimary(reply)
}

// ask sends a command to one node.
func (c client) ask(ctx context.Context, node valkey.Client, command ...string) (any, error) {
	msg, err := c.do(ctx, node, func() valkey.Completed { return node.B().Arbitrary(command...).Build() })
	if err != nil {
		return nil, err
	}
	return valueOf(&msg)
}
