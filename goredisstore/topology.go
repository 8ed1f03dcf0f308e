package goredisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redissession"
)

// cluster is a *redis.ClusterClient, ring a *redis.Ring.
type (
	cluster interface {
		ForEachMaster(context.Context, func(context.Context, *redis.Client) error) error
	}
	ring interface {
		ForEachShard(context.Context, func(context.Context, *redis.Client) error) error
		Options() *redis.RingOptions
		Len() int
	}
)

func (c client) EachPrimary(ctx context.Context, visit func(context.Context, redissession.Primary) error) error {
	switch {
	case c.cluster != nil:
		return explain(c.cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return visit(ctx, primary{node, true})
		}))
	case c.ring != nil:
		return eachShard(ctx, c.ring, visit)
	}
	if err := c.checkHidden(ctx); err != nil {
		return err
	}
	return visit(ctx, primary{c.Client, false})
}

var errHidden = errors.New("the client is one for a Cluster, but its type has no ForEachMaster to visit the primaries with")

// checkHidden returns an error if a type of the application hides a ClusterClient. Such a
// client sends commands without a key in one pipeline to several nodes. Then INFO would
// not be about the node that answered SCAN.
func (c client) checkHidden(ctx context.Context) error {
	if c.oneServer {
		return nil
	}
	cmd := redis.NewStringCmd(ctx, "info", "cluster")
	err := c.process(ctx, cmd)
	if text, ok := serverError(err); ok && redissession.Kind(text) == "ERR" {
		return nil // a fake need not know INFO
	}
	if err == nil && strings.Contains(cmd.Val(), "cluster_enabled:1") {
		err = errHidden
	}
	return err
}

// eachShard returns an error unless it has visited all shards of a ring: go-redis
// leaves out those that it believes to be down, and returns no error.
func eachShard(ctx context.Context, r ring, visit func(context.Context, redissession.Primary) error) error {
	var visited atomic.Int64
	err := r.ForEachShard(ctx, func(ctx context.Context, node *redis.Client) error {
		visited.Add(1)
		return visit(ctx, primary{node, true})
	})
	if err != nil {
		return err
	}
	return wholeRing(r, int(visited.Load()))
}

// wholeRing returns an error unless all shards of r are up.
func wholeRing(r ring, up int) error {
	if total := len(r.Options().Addrs); up != total {
		return fmt.Errorf("%d of %d shards of the ring are up", up, total)
	}
	return nil
}

type primary struct {
	client Client
	isNode bool // of a Cluster or Ring, whose client makes only one attempt
}

func (p primary) Pipeline(ctx context.Context, commands ...redissession.Command) ([]redissession.Reply, error) {
	if !p.isNode {
		return p.attempt(ctx, commands)
	}
	var replies []redissession.Reply
	err := redissession.Retry(ctx, serverError, nil, func(error) (err error) {
		replies, err = p.attempt(ctx, commands)
		return err
	})
	return replies, err
}

func (p primary) attempt(ctx context.Context, commands []redissession.Command) ([]redissession.Reply, error) {
	cmds := make([]*redis.Cmd, len(commands))
	for i, command := range commands {
		cmds[i] = newCmd(ctx, command)
	}
	if err := pipeline(ctx, p.client, cmds); err != nil {
		return nil, err
	}
	var noCopy redis.StringCmd
	replies := make([]redissession.Reply, len(cmds))
	for i, cmd := range cmds {
		err := cmd.Err()
		if _, ok := serverError(err); err != nil && !ok {
			return nil, explain(err)
		}
		values, _ := cmd.Val().([]any)
		for j, value := range values {
			if s, ok := value.(string); ok && s != "" {
				noCopy.SetVal(s)
				values[j], _ = noCopy.Bytes() // nobody else has the string
			}
		}
		replies[i] = redissession.Reply{Value: cmd.Val(), Err: err}
	}
	return replies, nil
}

// pipeline sends cmds in one round trip. It returns the error of the round trip, or nil
// if a command has an error of its own.
func pipeline(ctx context.Context, c Client, cmds []*redis.Cmd) error {
	pipe := c.Pipeline()
	for _, cmd := range cmds {
		if err := pipe.Process(ctx, cmd); err != nil {
			return err
		}
	}
	_, err := pipe.Exec(ctx)
	for _, cmd := range cmds {
		if cmd.Err() != nil {
			return nil
		}
	}
	return explain(err)
}

// process sends cmd. When a ring gives up a shard, it sends the commands for that shard
// to another one, which has none of the sessions. Then process returns an error. The ring
// may give up the shard before the command or during it.
func (c client) process(ctx context.Context, cmd redis.Cmder) error {
	if c.ring != nil {
		if err := wholeRing(c.ring, c.ring.Len()); err != nil {
			return err
		}
	}
	err := c.Process(ctx, cmd)
	if err == nil {
		err = cmd.Err() // an asynchronous pipeliner and a fake may set only the command's error
	}
	switch {
	case err == nil && c.ring != nil:
		return wholeRing(c.ring, c.ring.Len())
	case err == nil:
		return nil
	}
	// If no server has answered, the primary may be down and replaced. Without a reload a
	// ClusterClient would use it for up to a minute.
	var reply redis.Error
	if c.reload != nil && !errors.As(err, &reply) {
		c.reload(ctx)
	}
	return explain(err)
}
