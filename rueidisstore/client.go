package rueidisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

// redisClient is redissession.Client in rueidis's words. Its commands are built
// with Arbitrary, which makes them neither reads that rueidis would send to a
// replica nor commands that it would retry without end.
type redisClient struct {
	rueidis.Client
}

func (c redisClient) Get(ctx context.Context, key string) ([]byte, bool, error) {
	msg, err := do(ctx, c.Client, func() rueidis.Completed {
		return c.B().Arbitrary("GET").Keys(key).Build()
	})
	if rueidis.IsRedisNil(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	b, err := value(&msg)
	return b, err == nil, err
}

func (c redisClient) Set(ctx context.Context, key string, value []byte, pxat int64) error {
	return retry(ctx, func() error {
		buf := buffers.Get().(*[]byte)
		*buf = append((*buf)[:0], value...)
		resp := c.Do(ctx, c.B().Arbitrary("SET").Keys(key).
			Args(rueidis.BinaryString(*buf), "PXAT", strconv.FormatInt(pxat, 10)).Build())
		if resp.NonRedisError() == nil {
			buffers.Put(buf)
		}
		msg, err := resp.ToMessage()
		if err != nil {
			return err
		}
		if !msg.IsString() {
			return errReply
		}
		if status, err := msg.ToString(); status != "OK" || err != nil {
			return errReply
		}
		return nil
	})
}

// buffers hold the values of commands under way. After an error that is not the
// server's, rueidis may still be sending the command: then neither the caller's
// slice nor a buffer may be used again.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (c redisClient) Del(ctx context.Context, key string) error {
	msg, err := do(ctx, c.Client, func() rueidis.Completed {
		return c.B().Arbitrary("DEL").Keys(key).Build()
	})
	if err == nil && !msg.IsInt64() {
		err = errReply
	}
	return err
}

// absent reports whether err says that a key is missing or not a string.
func absent(err error) bool {
	if rueidis.IsRedisNil(err) {
		return true
	}
	var reply *rueidis.RedisError
	return errors.As(err, &reply) && strings.HasPrefix(reply.Error(), "WRONGTYPE")
}

// value returns the bytes of a string reply, not nil even if it is empty. The
// reply is nobody else's, so neither are they.
func value(msg *rueidis.RedisMessage) ([]byte, error) {
	if !msg.IsString() {
		return nil, errReply
	}
	b, err := msg.AsBytes()
	if b == nil {
		b = []byte{}
	}
	return b, err
}

// errReply is for replies of a type that no server should send. Early versions
// of rueidis panic when asked to convert one.
var errReply = errors.New("reply of an unexpected type")

func (c redisClient) EachShard(ctx context.Context, visit func(context.Context, redissession.Shard) error) error {
	nodes := c.Nodes()
	if len(nodes) == 1 {
		for _, node := range nodes {
			return visit(ctx, shard{node, c})
		}
	}
	var primaries atomic.Int64
	errs := make(chan error, len(nodes))
	for _, node := range nodes {
		go func() {
			primary, err := isPrimary(ctx, node)
			if err == nil && primary {
				primaries.Add(1)
				err = visit(ctx, shard{node, c})
			}
			errs <- err
		}()
	}
	var first error
	for range nodes {
		if err := <-errs; first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	return c.checkPrimaries(ctx, nodes, int(primaries.Load()))
}

// checkPrimaries compares the primaries visited with those that the cluster has
// now: rueidis learns of a new one by a redirection, and until then does not
// list it.
func (c redisClient) checkPrimaries(ctx context.Context, nodes map[string]rueidis.Client, visited int) error {
	for _, node := range nodes {
		msg, err := do(ctx, node, func() rueidis.Completed { return node.B().Arbitrary("CLUSTER", "SLOTS").Build() })
		var reply *rueidis.RedisError
		if errors.As(err, &reply) {
			return nil // a server with replicas, not a cluster
		}
		if err != nil {
			return err
		}
		ids, err := primaryIDs(&msg)
		if err == nil && visited < len(ids) {
			err = fmt.Errorf("%d of the cluster's %d primaries visited: the client does not know the others yet", visited, len(ids))
		}
		return err
	}
	return nil
}

// primaryIDs returns the IDs of the nodes that a reply to CLUSTER SLOTS names
// first: for each range of slots its start, its end, the primary, the replicas.
func primaryIDs(msg *rueidis.RedisMessage) (map[string]bool, error) {
	ids := make(map[string]bool)
	if !msg.IsArray() {
		return nil, errReply
	}
	ranges, err := msg.ToArray()
	if err != nil {
		return nil, err
	}
	for i := range ranges {
		if !ranges[i].IsArray() {
			return nil, errReply
		}
		fields, err := ranges[i].ToArray()
		if err != nil || len(fields) < 3 || !fields[2].IsArray() {
			return nil, errReply
		}
		node, err := fields[2].ToArray()
		if err != nil || len(node) < 3 || !node[2].IsString() {
			return nil, errReply
		}
		id, err := node[2].ToString()
		if err != nil {
			return nil, err
		}
		ids[id] = true
	}
	return ids, nil
}

// isPrimary asks a node for its role: rueidis lists replicas too.
func isPrimary(ctx context.Context, node rueidis.Client) (bool, error) {
	msg, err := do(ctx, node, func() rueidis.Completed { return node.B().Arbitrary("ROLE").Build() })
	if err != nil {
		return false, err
	}
	if !msg.IsArray() {
		return false, errReply
	}
	fields, err := msg.ToArray()
	if err != nil || len(fields) == 0 || !fields[0].IsString() {
		return false, errReply
	}
	role, err := fields[0].ToString()
	return role == "master", err
}

// shard is one primary.
type shard struct {
	node   rueidis.Client
	client redisClient
}

func (s shard) Scan(ctx context.Context, cursor uint64, pattern string, count int) ([]string, uint64, error) {
	msg, err := do(ctx, s.node, func() rueidis.Completed {
		return s.node.B().Arbitrary("SCAN").
			Args(strconv.FormatUint(cursor, 10), "MATCH", pattern, "COUNT", strconv.Itoa(count)).Build()
	})
	if err != nil {
		return nil, 0, err
	}
	if !msg.IsArray() {
		return nil, 0, errReply
	}
	fields, err := msg.ToArray()
	if err != nil || len(fields) != 2 || !fields[0].IsString() || !fields[1].IsArray() {
		return nil, 0, errReply
	}
	next, err := fields[0].AsUint64()
	if err != nil {
		return nil, 0, fmt.Errorf("cursor: %w", err)
	}
	elements, err := fields[1].ToArray()
	if err != nil {
		return nil, 0, err
	}
	keys := make([]string, len(elements))
	for i := range elements {
		if !elements[i].IsString() {
			return nil, 0, errReply
		}
		if keys[i], err = elements[i].ToString(); err != nil {
			return nil, 0, err
		}
	}
	return keys, next, nil
}

// GetMany goes through the whole client, which knows where keys have moved.
func (s shard) GetMany(ctx context.Context, keys []string) (values [][]byte, err error) {
	err = retry(ctx, func() error {
		values, err = s.client.getMany(ctx, keys)
		return err
	})
	return values, err
}

func (c redisClient) getMany(ctx context.Context, keys []string) ([][]byte, error) {
	cmds := make([]rueidis.Completed, len(keys))
	for i, key := range keys {
		cmds[i] = c.B().Arbitrary("GET").Keys(key).Build()
	}
	values := make([][]byte, len(keys))
	for i, resp := range c.DoMulti(ctx, cmds...) {
		msg, err := resp.ToMessage()
		if err == nil {
			values[i], err = value(&msg)
		}
		if err != nil && !absent(err) {
			return nil, err
		}
	}
	return values, nil
}

// do sends the command that build makes, and retries. A command is built for
// each attempt, because rueidis recycles one that has succeeded although it may
// still be sending it over the connection that broke before.
func do(ctx context.Context, client rueidis.Client, build func() rueidis.Completed) (msg rueidis.RedisMessage, err error) {
	err = retry(ctx, func() error {
		msg, err = client.Do(ctx, build()).ToMessage()
		return err
	})
	return msg, err
}

// attempts is more than the connections that a client multiplexes on by
// default, four: after a restart of the server each of them breaks once.
const attempts = 8

// retry makes an attempt, and another one if its connection broke: what this
// package sends, SET with its absolute expiry included, does the same when done
// twice. It does not insist where the server cannot be reached or does not answer.
func retry(ctx context.Context, attempt func() error) error {
	for n := 1; ; n++ {
		err := attempt()
		if n == attempts || !broken(ctx, err) {
			return err
		}
	}
}

// broken reports whether err is that of a connection which had been working.
func broken(ctx context.Context, err error) bool {
	if err == nil || rueidis.IsRedisNil(err) || err == errReply || err == rueidis.ErrClosing || ctx.Err() != nil {
		return false
	}
	var (
		reply  *rueidis.RedisError
		netErr net.Error
		opErr  *net.OpError
	)
	switch {
	case errors.As(err, &reply):
		return false
	case errors.As(err, &netErr) && netErr.Timeout():
		return false
	case errors.As(err, &opErr):
		return opErr.Op != "dial"
	}
	return true
}
