package rueidisstore

import (
	"context"
	"errors"

	"github.com/rueian/rueidis"
)

// What this file says is true of this version of the client alone.

// clustered reports whether a client is one of a Cluster.
func clustered(c rueidis.Client) bool { return ofCluster(c.B().Arbitrary("PING").Build()) }

// ofCluster reports whether a command was built by a Cluster's client.
func ofCluster(cmd rueidis.Completed) bool {
	const noSlot = 1 << 15 // which other clients add to the slot
	return cmd.Slot()&noSlot == 0
}

// maxRedirections is how many redirections one attempt follows. A slot that moves
// brings two: to the node that it has moved to, and from there to the next.
const maxRedirections = 3

// sendOne makes one attempt to have a command done, after one that ended with
// last, or nil. It follows redirections at once, because a pause would last until
// the next move. Nodes that disagree redirect to each other: then it is the next
// attempt's turn.
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

// sendTo sends a command to where last redirects. When Do follows a redirection the
// client closes the connections to where it leads, with what others have sent, and may
// go on using them closed. DoMulti leaves redirections alone.
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
	if again, moved, _ := redirection(result.Error()); moved && again == addr {
		// The address leads to another server now, but only a new connection. What
		// others have sent on this one is attempted again.
		node.Do(ctx, node.B().Arbitrary("QUIT").Build())
	}
	return result
}

// redirection returns where a Cluster's node says that the key is, or will be.
func redirection(err error) (addr string, moved, asked bool) {
	var answer *rueidis.RedisError
	if err == nil || !errors.As(err, &answer) {
		return "", false, false
	}
	if addr, moved = answer.IsMoved(); !moved {
		addr, asked = answer.IsAsk()
	}
	return addr, moved, asked
}
