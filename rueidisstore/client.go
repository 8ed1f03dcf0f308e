package rueidisstore

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

// client is a redissession.Client that uses rueidis. It builds its commands with
// Arbitrary: rueidis may send a command that it knows to be a read to a replica, and
// repeats it for as long as there is no server.
type client struct {
	rueidis.Client
	cluster func() bool // asks the client at the first call only
}

func newClient(c rueidis.Client) client {
	return client{Client: c, cluster: sync.OnceValue(func() bool { return clustered(c) })}
}

func (c client) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = c.Retry(ctx, func(last error) (err error) {
		value, found, err = c.GetOnce(ctx, key, last)
		return err
	})
	return value, found, err
}

// GetOnce makes one attempt.
func (c client) GetOnce(ctx context.Context, key string, last error) (value []byte, found bool, err error) {
	return bytesIn(c.send(ctx, last, c.B().Arbitrary("GET").Keys(key).Build()))
}

func (c client) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	// After an attempt that failed rueidis may still be sending the value, so it
	// must not be the caller's slice.
	text := string(value)
	return redissession.WantOK(c.do(ctx, func() rueidis.Completed {
		lifetime := strconv.FormatInt(redissession.Lifetime(expiry), 10)
		return c.B().Arbitrary("SET").Keys(key).Args(text, "PX", lifetime).Build()
	}))
}

func (c client) Del(ctx context.Context, key string) error {
	return redissession.WantInt(c.do(ctx, func() rueidis.Completed {
		return c.B().Arbitrary("DEL").Keys(key).Build()
	}))
}

func (c client) Eval(ctx context.Context, calls ...redissession.Call) (replies []any, err error) {
	if c.cluster() {
		return c.evalEach(ctx, calls)
	}
	err = c.Retry(ctx, func(last error) (err error) {
		cmds := make([]rueidis.Completed, len(calls))
		for i, call := range calls {
			cmds[i] = c.eval(call)
		}
		replies = make([]any, len(calls))
		for i, result := range c.sendAll(ctx, last, cmds) {
			if replies[i], err = valueOf(result); err != nil {
				return err
			}
		}
		return nil
	})
	return replies, err
}

// evalEach runs scripts one after the other. On a Cluster rueidis sends the commands of
// one pipeline to several primaries at the same time.
func (c client) evalEach(ctx context.Context, calls []redissession.Call) (replies []any, err error) {
	replies = make([]any, len(calls))
	for i, call := range calls {
		if replies[i], err = c.do(ctx, func() rueidis.Completed { return c.eval(call) }); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

func (c client) eval(call redissession.Call) rueidis.Completed {
	return c.B().Arbitrary("EVAL", call.Script, strconv.Itoa(len(call.Keys))).
		Keys(call.Keys...).Args(call.Arguments()...).Build()
}

// ServerError does not count rueidis's error for a nil: such an error comes from the
// client's own functions, not from a server.
func (c client) ServerError(err error) (text string, ok bool) {
	var refusal *rueidis.RedisError
	if !errors.As(err, &refusal) || refusal.IsNil() {
		return "", false
	}
	return refusal.Error(), true
}

// answer returns the server's answer to this command. A nil answer is no error.
func answer(result rueidis.RedisResult) (rueidis.RedisMessage, error) {
	msg, err := result.ToMessage()
	switch {
	case msg.IsNil():
		err = nil
	case errors.Is(err, rueidis.Nil):
		// This nil comes from the client's own functions: AuthCredentialsFn may ask
		// another server and return what that answered.
		err = redissession.Note("no answer of the server: see AuthCredentialsFn and the client's dialer", err)
	}
	return msg, err
}

// bytesIn returns the bytes of a string in a result, not nil even if it is empty. For a
// nil found is false. The bytes belong to the result.
func bytesIn(result rueidis.RedisResult) (value []byte, found bool, err error) {
	msg, err := answer(result)
	switch {
	case err != nil || msg.IsNil():
		return nil, false, err
	case !msg.IsString():
		return nil, false, redissession.ErrReply
	}
	if value, err = msg.AsBytes(); value == nil {
		value = []byte{}
	}
	return value, true, err
}

// valueOf returns a result as the Value of a redissession.Reply.
func valueOf(result rueidis.RedisResult) (any, error) {
	msg, err := answer(result)
	if err != nil || msg.IsNil() {
		return nil, err
	}
	return msg.ToAny()
}
