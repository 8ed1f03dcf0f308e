package rueidisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

// redisClient is redissession.Client in rueidis's words. Its commands are built
// with Arbitrary, which makes them neither reads that rueidis would send to a
// replica nor commands that it would retry without end: see retry.
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
	var buf *[]byte
	msg, err := do(ctx, c.Client, func() rueidis.Completed {
		buf = buffers.Get().(*[]byte)
		*buf = append((*buf)[:0], value...)
		return c.B().Arbitrary("SET").Keys(key).
			Args(rueidis.BinaryString(*buf), "PXAT", strconv.FormatInt(pxat, 10)).Build()
	})
	if err != nil {
		return err
	}
	buffers.Put(buf)
	if !msg.IsString() {
		return errReply
	}
	if status, err := msg.ToString(); status != "OK" || err != nil {
		return errReply
	}
	return nil
}

// buffers hold the values of commands under way. After an attempt that failed
// rueidis may still be sending the command: then neither the caller's slice nor
// the buffer may be used again. Of an attempt that rueidis repeats by itself, for
// ConnLifetime, it sends nothing more: that connection it has closed.
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
	reply := replyIn(err)
	return reply != nil && strings.HasPrefix(reply.Error(), "WRONGTYPE")
}

// value returns the bytes of a string reply, not nil even if it is empty. They
// are the reply's own.
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

// shard is one primary.
type shard struct {
	node    rueidis.Client
	client  redisClient
	cluster bool
}

func (s shard) ClusterNodes(ctx context.Context) (string, error) {
	if !s.cluster {
		return "", nil
	}
	msg, err := do(ctx, s.node, func() rueidis.Completed { return s.node.B().Arbitrary("CLUSTER", "NODES").Build() })
	if err != nil {
		return "", err
	}
	return text(&msg)
}

// text returns a reply that is a text, as a string or verbatim.
func text(msg *rueidis.RedisMessage) (string, error) {
	if msg.IsInt64() || msg.IsArray() || msg.IsMap() {
		return "", errReply
	}
	text, err := msg.ToString()
	return strings.TrimPrefix(text, "txt:"), err // a verbatim string's format
}

func (s shard) Scan(ctx context.Context, cursor uint64, pattern string, count int) (page redissession.ScanPage, err error) {
	err = retry(ctx, func(error) (err error) {
		page, err = s.scan(ctx, cursor, pattern, count)
		return err
	})
	return page, err
}

// scan makes one attempt.
func (s shard) scan(ctx context.Context, cursor uint64, pattern string, count int) (page redissession.ScanPage, err error) {
	resps := s.node.DoMulti(ctx,
		s.node.B().Arbitrary("INFO", "server").Build(),
		s.node.B().Arbitrary("SCAN").
			Args(strconv.FormatUint(cursor, 10), "MATCH", pattern, "COUNT", strconv.Itoa(count)).Build())
	if len(resps) != 2 {
		return page, fmt.Errorf("%d replies to 2 commands", len(resps))
	}
	info, err := resps[0].ToMessage()
	if reply := replyIn(err); reply == nil || !redissession.Unknown(reply.Error()) {
		if err != nil {
			return page, err
		}
		if page.Info, err = text(&info); err != nil {
			return page, err
		}
	}
	msg, err := resps[1].ToMessage()
	if err != nil {
		return page, err
	}
	page.Keys, page.Next, err = scanned(&msg)
	return page, err
}

// scanned returns the keys and the cursor in a reply to SCAN.
func scanned(msg *rueidis.RedisMessage) (keys []string, next uint64, err error) {
	if !msg.IsArray() {
		return nil, 0, errReply
	}
	fields, err := msg.ToArray()
	if err != nil || len(fields) != 2 || !fields[0].IsString() || !fields[1].IsArray() {
		return nil, 0, errReply
	}
	if next, err = fields[0].AsUint64(); err != nil {
		return nil, 0, fmt.Errorf("cursor: %w", err)
	}
	elements, err := fields[1].ToArray()
	if err != nil {
		return nil, 0, err
	}
	keys = make([]string, len(elements))
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

// GetMany asks the node, in one pipeline, and the whole client for keys that have
// moved since the node listed them.
func (s shard) GetMany(ctx context.Context, keys []string) (values [][]byte, err error) {
	var moved []int
	err = retry(ctx, func(error) (err error) {
		values, moved, err = s.getMany(ctx, keys)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, i := range moved {
		if values[i], _, err = s.client.Get(ctx, keys[i]); err != nil && !absent(err) {
			return nil, err
		}
	}
	return values, nil
}

// getMany makes one attempt. It returns the indices of keys for which the node
// named another one.
func (s shard) getMany(ctx context.Context, keys []string) (values [][]byte, moved []int, err error) {
	cmds := pipelines.Get().(*[]rueidis.Completed)
	*cmds = slices.Grow((*cmds)[:0], len(keys))
	for _, key := range keys {
		*cmds = append(*cmds, s.node.B().Arbitrary("GET").Keys(key).Build())
	}
	values = make([][]byte, len(keys))
	resps := s.node.DoMulti(ctx, *cmds...)
	if len(resps) != len(keys) {
		return nil, nil, fmt.Errorf("%d replies to %d commands", len(resps), len(keys))
	}
	for i, resp := range resps {
		msg, err := resp.ToMessage()
		if err == nil {
			values[i], err = value(&msg)
		}
		reply := replyIn(err)
		switch {
		case reply != nil && redirects(reply):
			moved = append(moved, i)
		case err != nil && !absent(err):
			return nil, nil, err
		}
	}
	if keepsPipelines {
		pipelines.Put(cmds)
	}
	return values, moved, nil
}

// pipelines hold the commands of pages if the client keeps the slice of each of
// the last thousand pipelines on a connection. After an attempt that failed a
// slice is not used again, for the reason that buffers are not.
var pipelines = sync.Pool{New: func() any { return new([]rueidis.Completed) }}
