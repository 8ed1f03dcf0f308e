package rueidisstore

import (
	"context"
	"errors"

	"github.com/rueian/rueidis"
)

// This file is for this version of the client only.

// clustered reports whether a client is one of a Cluster.
func clustered(c rueidis.Client) bool { return ofCluster(c.B().Arbitrary("PING").Build()) }

// ofCluster reports whether a command was built by a Cluster's client.
func ofCluster(cmd rueidis.Completed) bool {
	const noSlot = 1 << 15 // other clients set this bit in the slot
	return cmd.Slot()&noSlot == 0
}

// maxRedirections is how many redirections one attempt follows. A slot that moves again
// needs two: to its new node, and from there to the next.
const maxRedirections = 3

// sendOne makes one attempt to send a command. last is the error of the attempt before
// it, or nil. It follows redirections at once: after a pause the slot might have moved
// again. If nodes redirect to each other it stops, and leaves the rest to the next
// attempt.
func sendOne(ctx context.Context, c rueidis.Client, cmd rueidis.Completed, last error) rueidis.RedisResult {
	if !ofCluster(cmd) {
		return c.Do(ctx, cmd)
	}
	cmd = cmd.Pin() // the client would use it for another command after the first reply
	result := sendTo(ctx, c, cmd, last)
	for range maxRedirections {
		if _, moved, asked := redirection(result.Error()); !moved && !asked {
			break
		}
		result = sendTo(ctx, c, cmd, result.Error())
	}
	return result
}

// sendTo sends a command to the node that last redirects to. It does not let Do follow
// the redirection: Do closes the connections to that node, fails the calls of others
// there, and may go on using the closed connections. DoMulti follows no redirections.
func sendTo(ctx context.Context, c rueidis.Client, cmd rueidis.Completed, last error) rueidis.RedisResult {
	addr, moved, asked := redirection(last)
	if !moved && !asked {
		return c.DoMulti(ctx, cmd)[0]
	}
	node, known := c.Nodes()[addr]
	switch {
	case !known:
		// A primary that had no slots until now. Only the client can connect to it.
		return c.Do(ctx, cmd)
	case asked:
		return node.DoMulti(ctx, c.B().Arbitrary("ASKING").Build(), cmd)[1]
	}
	result := node.Do(ctx, cmd)
	if next, moved, _ := redirection(result.Error()); moved && next == addr {
		// The address leads to another server now, but only for a new connection. Calls
		// of others that QUIT breaks make another attempt.
		node.Do(ctx, node.B().Arbitrary("QUIT").Build())
	}
	return result
}

// redirection returns the address in a MOVED or ASK error of a Cluster's node.
func redirection(err error) (addr string, moved, asked bool) {
	var refusal *rueidis.RedisError
	if err == nil || !errors.As(err, &refusal) {
		return "", false, false
	}
	if addr, moved = refusal.IsMoved(); !moved {
		addr, asked = refusal.IsAsk()
	}
	return addr, moved, asked
}
