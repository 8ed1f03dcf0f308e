// Code generated from rueidisstore/client.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/rueian/rueidis"
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
	if msg.IsInt64() || msg.IsArray() || msg.IsMap() {
		return "", errReply
	}
	nodes, err := msg.ToString()
	return strings.TrimPrefix(nodes, "txt:"), err // a verbatim string's format
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
	resps := c.DoMulti(ctx, cmds...)
	if len(resps) != len(cmds) {
		return nil, fmt.Errorf("%d replies to %d commands", len(resps), len(cmds))
	}
	for i, resp := range resps {
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
