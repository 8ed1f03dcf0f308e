package goredisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redissession"
)

// redisClient is redissession.Client in go-redis's words.
type redisClient struct {
	Client
	get any // the command that Find and All send; a string, which costs no allocation as this
}

func newRedisClient(client Client) redisClient {
	// A primary that has become a replica refuses a GET, but not to a client that
	// may read from replicas: it would still have what has been deleted since.
	// Without options GETEX changes nothing, but it is refused like a write.
	c, ok := client.(interface{ Options() *redis.ClusterOptions })
	if ok && c.Options().ReadOnly { // which the Route options imply
		return redisClient{client, "getex"}
	}
	return redisClient{client, "get"}
}

func (c redisClient) Get(ctx context.Context, key string) ([]byte, bool, error) {
	cmd := c.newRead(ctx, key)
	switch err := c.process(ctx, cmd); {
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	b, err := value(cmd)
	return b, err == nil, err
}

// read is a GET that go-redis takes for a GETEX, which is a write. So its answer
// comes from a primary, not from a replica or from go-redis's cache: these may
// still have a session that has been deleted.
//
// Its Cmd is not a StringCmd, to which a number or a bool is a string too.
type read struct{ *redis.Cmd }

func (c redisClient) newRead(ctx context.Context, key string) read {
	return read{redis.NewCmd(ctx, c.get, key)}
}

func (read) Name() string { return "getex" }

// value returns the reply of a successful GET, not nil even if it is empty. As
// with StringCmd.Bytes, the bytes are those of the string, which is nobody
// else's.
func value(cmd read) ([]byte, error) {
	s, ok := cmd.Val().(string)
	if !ok {
		return nil, errReply
	}
	if s == "" {
		return []byte{}, nil
	}
	return unsafe.Slice(unsafe.StringData(s), len(s)), nil
}

// errReply is for a reply that is no error, and does not say that the command
// has been done either.
var errReply = errors.New("reply of an unexpected type")

// Set does not use go-redis's own Set: an expiration of zero or less stores a
// key that never expires, and before 9.23 ExpireAt drops milliseconds.
func (c redisClient) Set(ctx context.Context, key string, value []byte, pxat int64) error {
	cmd := redis.NewStatusCmd(ctx, "set", key, value, "pxat", pxat)
	err := c.process(ctx, cmd)
	if err == nil && cmd.Val() != "OK" {
		err = errReply
	}
	return err
}

func (c redisClient) Del(ctx context.Context, key string) error {
	return c.process(ctx, redis.NewIntCmd(ctx, "del", key))
}

// absent reports whether err says that a key is missing or not a string.
func absent(err error) bool {
	return errors.Is(err, redis.Nil) || isReply(err, "WRONGTYPE")
}

// isReply reports whether err is an error that the server answered, of a kind.
func isReply(err error, kind string) bool {
	var reply redis.Error
	return errors.As(err, &reply) && strings.HasPrefix(reply.Error(), kind+" ")
}

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

// process sends cmd. A ring that has given up a shard sends what belongs there
// to another, which knows no session and nothing to delete: that is the failure
// of a server. It may give it up before the command or during it.
func (c redisClient) process(ctx context.Context, cmd redis.Cmder) error {
	if err := c.checkRing(); err != nil {
		return err
	}
	err := process(ctx, c.Client, cmd)
	if err == nil || errors.Is(err, redis.Nil) {
		if down := c.checkRing(); down != nil {
			return down
		}
		return err
	}
	c.reload(ctx, err)
	return err
}

// reload makes a Cluster's client ask which the primaries are, unless err is a
// server's answer. By itself it would go on for up to a minute with one that is
// down, although another has taken its place.
func (c redisClient) reload(ctx context.Context, err error) {
	var reply redis.Error
	client, ok := c.Client.(interface{ ReloadState(context.Context) })
	if ok && !errors.As(err, &reply) {
		client.ReloadState(ctx)
	}
}

// checkRing is an error if the client is a ring with a shard down.
func (c redisClient) checkRing() error {
	if r, ok := c.Client.(ring); ok {
		return wholeRing(r, r.Len())
	}
	return nil
}

// wholeRing is an error unless all shards of r are up.
func wholeRing(r ring, up int) error {
	if all := len(r.Options().Addrs); up != all {
		return fmt.Errorf("%d of the ring's %d shards are up", up, all)
	}
	return nil
}

func (c redisClient) EachShard(ctx context.Context, visit func(context.Context, redissession.Shard) error) error {
	switch client := c.Client.(type) {
	case cluster:
		return client.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return visit(ctx, shard{node, c, true})
		})
	case ring:
		return c.eachRingShard(ctx, client, visit)
	case *redis.Client:
	default:
		if err := c.checkNoCluster(ctx); err != nil {
			return err
		}
	}
	return visit(ctx, shard{c, c, false})
}

var errHiddenCluster = errors.New("the client is a Redis Cluster's, but its type has no ForEachMaster to visit the primaries with")

// checkNoCluster is for types of the user's own. Behind one that embeds a
// redis.UniversalClient may be a ClusterClient, whose SCAN asks any one node.
func (c redisClient) checkNoCluster(ctx context.Context) error {
	cmd := redis.NewStringCmd(ctx, "info", "cluster")
	err := process(ctx, c.Client, cmd)
	switch {
	case err == nil && strings.Contains(cmd.Val(), "cluster_enabled:1"):
		return errHiddenCluster
	case err != nil && !isReply(err, "ERR"): // a fake need not know INFO
		return err
	}
	return nil
}

// eachRingShard visits the shards of a ring, and is an error if it could not
// visit all: go-redis leaves out, without a word, those it believes to be down.
func (c redisClient) eachRingShard(ctx context.Context, r ring, visit func(context.Context, redissession.Shard) error) error {
	var visited atomic.Int64
	err := r.ForEachShard(ctx, func(ctx context.Context, node *redis.Client) error {
		visited.Add(1)
		return visit(ctx, shard{node, c, false})
	})
	if err != nil {
		return err
	}
	return wholeRing(r, int(visited.Load()))
}

// shard is one primary.
type shard struct {
	node    Client
	client  redisClient
	cluster bool
}

func (s shard) ClusterNodes(ctx context.Context) (string, error) {
	if !s.cluster {
		return "", nil
	}
	cmd := redis.NewStringCmd(ctx, "cluster", "nodes")
	err := process(ctx, s.node, cmd)
	// A ClusterClient may be on servers that are no Cluster: one that asks
	// Sentinel, or one that has ClusterSlots.
	if isReply(err, "ERR") && strings.HasSuffix(err.Error(), "cluster support disabled") {
		return "", nil
	}
	return cmd.Val(), err
}

type processor interface {
	Process(ctx context.Context, cmd redis.Cmder) error
}

// process sends cmd and returns its error, which an asynchronous pipeliner and a
// fake may tell by the command only.
func process(ctx context.Context, p processor, cmd redis.Cmder) error {
	if err := p.Process(ctx, cmd); err != nil {
		return err
	}
	return cmd.Err()
}

func (s shard) Scan(ctx context.Context, cursor uint64, pattern string, count int) (page redissession.ScanPage, err error) {
	pipe := s.node.Pipeline()
	info := redis.NewStringCmd(ctx, "info", "server")
	scan := redis.NewScanCmd(ctx, nil, "scan", cursor, "match", pattern, "count", count)
	for _, cmd := range []redis.Cmder{info, scan} {
		if err := pipe.Process(ctx, cmd); err != nil {
			return page, err
		}
	}
	// Exec returns the error of a command, or its own if no command has one.
	if _, err := pipe.Exec(ctx); err != nil && info.Err() == nil && scan.Err() == nil {
		return page, err
	}
	var refusal redis.Error
	if err := info.Err(); err != nil && !(errors.As(err, &refusal) && redissession.Unknown(refusal.Error())) {
		return page, err
	}
	page.Info = info.Val()
	page.Keys, page.Next, err = scan.Result()
	return page, err
}

// GetMany goes through the whole client, which knows where keys have moved.
func (s shard) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	if err := s.client.checkRing(); err != nil {
		return nil, err
	}
	pipe := s.client.Pipeline()
	cmds := make([]read, len(keys))
	for i, key := range keys {
		cmds[i] = s.client.newRead(ctx, key)
		if err := pipe.Process(ctx, cmds[i]); err != nil {
			return nil, err
		}
	}
	// Exec returns the first command's error, which may be a missing key. An
	// error that no command has is the pipeline's own.
	if _, err := pipe.Exec(ctx); !absent(err) && err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, cmd := range cmds {
		err := cmd.Err()
		if err == nil {
			values[i], err = value(cmd)
		}
		if err != nil && !absent(err) {
			return nil, err
		}
	}
	return values, s.client.checkRing()
}
