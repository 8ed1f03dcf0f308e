package goredisstore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redissession"
)

// client is a redissession.Client that uses go-redis.
type client struct {
	Client
	cluster   cluster               // nil unless the Client is a ClusterClient
	ring      ring                  // nil unless the Client is a Ring
	reload    func(context.Context) // its ReloadState, nil if it has none
	readOnly  bool                  // it is a ClusterClient that may read from replicas
	oneServer bool                  // it sends all commands to one server
}

func newClient(c Client) client {
	adapted := client{Client: c}
	adapted.cluster, _ = c.(cluster)
	adapted.ring, _ = c.(ring)
	if c, ok := c.(interface{ ReloadState(context.Context) }); ok {
		adapted.reload = c.ReloadState
	}
	if c, ok := c.(interface{ Options() *redis.ClusterOptions }); ok {
		adapted.readOnly = c.Options().ReadOnly // the Route options imply it
	}
	_, adapted.oneServer = c.(interface{ Conn() *redis.Conn })
	return adapted
}

// Get sends MGET, whose reply for a missing key is an array. go-redis cannot tell GET's
// nil from a nil that it received while it connected.
func (c client) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if c.readOnly {
		return c.getex(ctx, key)
	}
	cmd := mget{redis.NewCmd(ctx, "mget", key)}
	if err := c.process(ctx, cmd); err != nil {
		return nil, false, err
	}
	values, ok := cmd.Val().([]any)
	if !ok || len(values) != 1 {
		return nil, false, redissession.ErrReply
	}
	return bytesOrNil(values[0])
}

// mget is an MGET that go-redis takes for a GETEX, which is a write. So its reply comes
// from a primary, not from a replica or go-redis's cache, which may still have a deleted
// session. go-redis also does not split it by slots. It is no SliceCmd, because that
// takes a map for an array.
type mget struct{ *redis.Cmd }

func (mget) Name() string { return "getex" }

// getex sends GETEX, which a primary that has become a replica refuses. If the client may
// read from replicas, such a server answers MGET, with old data.
func (c client) getex(ctx context.Context, key string) ([]byte, bool, error) {
	cmd := getex{redis.NewCmd(ctx, "getex", key)}
	cmd.SetVal(unanswered{})
	switch err := c.process(ctx, cmd); {
	case errors.Is(err, redis.Nil) && cmd.Val() == nil:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	return bytesOrNil(cmd.Val())
}

// getex is a GETEX that tells where a nil comes from. Its value is unanswered until
// go-redis reads a reply into it, and again after a failed attempt. A nil that go-redis
// received while it connected does not change the value.
type getex struct{ *redis.Cmd }

type unanswered struct{}

// SetErr is called by go-redis after each attempt.
func (g getex) SetErr(err error) {
	if err != nil && !errors.Is(err, redis.Nil) {
		g.SetVal(unanswered{})
	}
	g.Cmd.SetErr(err)
}

// Set does not use go-redis's own Set, which stores a key that never expires if
// the expiration is zero or less.
func (c client) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	cmd := redis.NewStatusCmd(ctx, "set", key, value, "px", redissession.Lifetime(expiry))
	err := c.process(ctx, cmd)
	if err == nil && cmd.Val() != "OK" {
		err = redissession.ErrReply
	}
	return err
}

func (c client) Del(ctx context.Context, key string) error {
	return c.process(ctx, redis.NewIntCmd(ctx, "del", key))
}

func (c client) Eval(ctx context.Context, calls ...redissession.Call) ([]any, error) {
	if c.oneServer && len(calls) > 1 {
		return c.evalTogether(ctx, calls)
	}
	replies := make([]any, len(calls))
	for i, call := range calls {
		var err error
		if replies[i], err = c.eval(ctx, call); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

// evalTogether runs scripts in one pipeline.
func (c client) evalTogether(ctx context.Context, calls []redissession.Call) ([]any, error) {
	cmds := make([]*redis.Cmd, len(calls))
	for i, call := range calls {
		cmds[i] = newCmd(ctx, call.Command())
	}
	if err := pipeline(ctx, c.Client, cmds); err != nil {
		return nil, err
	}
	replies := make([]any, len(cmds))
	for i, cmd := range cmds {
		if err := cmd.Err(); err != nil {
			return nil, explain(err)
		}
		replies[i] = cmd.Val()
	}
	return replies, nil
}

// eval runs one script. Until all keys of a slot have moved, servers answer TRYAGAIN to a
// script on a session and its tombstone, and a ClusterClient gives up before that. After
// every other error go-redis makes further attempts itself if they may help.
func (c client) eval(ctx context.Context, call redissession.Call) (reply any, err error) {
	attempt := func(error) error {
		cmd := newCmd(ctx, call.Command())
		err = c.process(ctx, cmd)
		reply = cmd.Val()
		if text, _ := serverError(err); c.oneServer || !slices.Contains(movingKinds, redissession.Kind(text)) {
			return nil
		}
		return err
	}
	redissession.Retry(ctx, serverError, nil, attempt)
	return reply, err
}

// movingKinds are the kinds of errors that servers answer while a slot moves.
var movingKinds = []string{"MOVED", "ASK", "TRYAGAIN"}

// ServerError does not count redis.Nil, which is a redis.Error too.
func (client) ServerError(err error) (string, bool) { return serverError(err) }

func serverError(err error) (string, bool) {
	var reply redis.Error
	if !errors.As(err, &reply) || errors.Is(reply, redis.Nil) {
		return "", false
	}
	return reply.Error(), true
}

// explain adds a note to a nil that is no reply to the command: where it may come from.
// Before 9.18 go-redis does not wrap a sentinel's nil, but the error has its text.
func explain(err error) error {
	if err != nil && strings.Contains(err.Error(), redis.Nil.Error()) {
		return redissession.Note("a nil that does not answer the command: does the sentinel know the master's name, "+
			"does the Cluster tell its endpoints (cluster-preferred-endpoint-type), "+
			"and does no OnConnect, Dialer, CredentialsProvider or hook return redis.Nil?", err)
	}
	return err
}

func newCmd(ctx context.Context, words []string) *redis.Cmd {
	args := make([]any, len(words))
	for i, word := range words {
		args[i] = word
	}
	return redis.NewCmd(ctx, args...)
}

// bytesOrNil returns the bytes of a reply that is a string. They are not nil, even if it
// is empty. For a nil reply found is false.
func bytesOrNil(reply any) (b []byte, found bool, err error) {
	switch s := reply.(type) {
	case nil:
		return nil, false, nil
	case string:
		return []byte(s), true, nil
	}
	return nil, false, redissession.ErrReply
}
