// Code generated from rueidisstore/retry.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

// retry makes attempts, each of which is told how the one before it ended, until
// one succeeds or another would not help. What this package sends, SET with its
// absolute expiry included, may be done twice: what somebody else has written in
// between is overwritten, as if the call had come after it.
func retry(ctx context.Context, attempt func(last error) error) error {
	again := func(err error) bool { return passing(ctx, err) }
	answered := func(err error) bool { return replyIn(err) != nil }
	return redissession.Retry(ctx, attempt(nil), again, answered, attempt)
}

// passing reports whether another attempt may succeed soon. A server that cannot
// be reached or does not answer is not insisted on.
func passing(ctx context.Context, err error) bool {
	if rueidis.IsRedisNil(err) || err == errReply || ctx.Err() != nil {
		return false
	}
	var (
		reply  = replyIn(err)
		netErr net.Error
		opErr  *net.OpError
	)
	switch {
	case reply != nil:
		return redirects(reply) || reply.IsTryAgain() || reply.IsClusterDown() || fromReplica(reply)
	case errors.As(err, &netErr) && netErr.Timeout():
		return false
	case errors.As(err, &opErr):
		return opErr.Op != "dial"
	}
	// The connection broke, or rueidis closed it because it had another primary
	// by then, or a Cluster's slot has none at the moment.
	return true
}

// replyIn returns the error reply of a server that err is or wraps, nil if there
// is none.
func replyIn(err error) *rueidis.RedisError {
	if err == nil {
		return nil // without an allocation
	}
	var reply *rueidis.RedisError
	errors.As(err, &reply)
	return reply
}

// redirects reports whether a Cluster's node says that another one has the key.
func redirects(reply *rueidis.RedisError) bool {
	_, moved := reply.IsMoved()
	_, ask := reply.IsAsk()
	return moved || ask
}

// fromReplica reports whether only a replica gives this reply.
func fromReplica(reply *rueidis.RedisError) bool {
	text := reply.Error()
	return strings.HasPrefix(text, "READONLY ") || strings.HasPrefix(text, "MASTERDOWN ")
}

// do sends the command that build makes, and retries. A command is built for
// each attempt, because rueidis recycles one that has succeeded although it may
// still be sending it over the connection that broke before.
func do(ctx context.Context, client rueidis.Client, build func() rueidis.Completed) (msg rueidis.RedisMessage, err error) {
	err = retry(ctx, func(last error) (err error) {
		msg, err = resend(ctx, client, build, last).ToMessage()
		return err
	})
	return msg, err
}

func send(ctx context.Context, client rueidis.Client, cmd rueidis.Completed) rueidis.RedisResult {
	if clustered(cmd) && !followsMoves {
		return client.DoMulti(ctx, cmd)[0]
	}
	return client.Do(ctx, cmd)
}

// resend is send after an attempt that ended with last, or nil.
func resend(ctx context.Context, client rueidis.Client, build func() rueidis.Completed, last error) rueidis.RedisResult {
	reply := replyIn(last)
	if reply == nil {
		return send(ctx, client, build())
	}
	if fromReplica(reply) {
		// This was the primary when it was connected to. The name of the server or
		// a proxy may lead to another one now, but only a new connection. What
		// others have sent on this one is attempted again.
		return client.DoMulti(ctx, build(), client.B().Arbitrary("QUIT").Build())[0]
	}
	addr, moved := reply.IsMoved()
	ask := false
	if !moved {
		addr, ask = reply.IsAsk()
	}
	node, known := client.Nodes()[addr]
	switch {
	case known && moved:
		return node.Do(ctx, build())
	case known && ask:
		return node.DoMulti(ctx, client.B().Arbitrary("ASKING").Build(), build())[1]
	case moved || ask:
		// To a primary that had no slots until now. Only rueidis can connect to it.
		return client.Do(ctx, build())
	}
	return send(ctx, client, build())
}

// clustered reports whether a command was built by a Cluster's client.
func clustered(cmd rueidis.Completed) bool {
	const noSlot = 1 << 15 // which other clients add to the slot
	return cmd.Slot()&noSlot == 0
}

// followsMoves is false for early versions of rueidis, which lack the method.
// When Do follows a redirection they close the connections to where it leads,
// with what others have sent, and may go on using them closed. Several commands
// that are not all reads they leave alone, so that send can follow instead.
var _, followsMoves = any(rueidis.Completed{}).(interface{ ToRetryable() rueidis.Completed })

// keepsPipelines is true for the same early versions.
var keepsPipelines = !followsMoves
