// Code generated from rueidisstore/client.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scsredis/stores/internal/redissession"
	"github.com/valkey-io/valkey-go"
)

// client is a redissession.Client that uses valkey-go. It builds its commands with
// Arbitrary: valkey-go may send a command that it knows to be a read to a replica, and
// repeats it for as long as there is no server.
type client struct {
	valkey.Client
	cluster func() bool // asks the client at the first call only
}

func newClient(c valkey.Client) client {
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
	return bytesIn(c.send(ctx, c.Client, c.B().Arbitrary("GET").Keys(key).Build(), last))
}

func (c client) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	// After an attempt that failed valkey-go may still be sending the value, so it
	// must not be the caller's slice.
	text := string(value)
	expired := false
	msg, err := c.do(ctx, c.Client, func() valkey.Completed {
		left := redissession.Lifetime(expiry)
		if expired = left <= 0; expired {
			return c.B().Arbitrary("DEL").Keys(key).Build()
		}
		return c.B().Arbitrary("SET").Keys(key).Args(text, "PX", strconv.FormatInt(left, 10)).Build()
	})
	if err != nil {
		return err
	}
	if expired && msg.IsInt64() {
		return nil
	}
	if !msg.IsString() {
		return redissession.ErrReply
	}
	if status, err := msg.ToString(); status != "OK" || err != nil {
		return redissession.ErrReply
	}
	return nil
}

func (c client) Del(ctx context.Context, key string) error {
	msg, err := c.do(ctx, c.Client, func() valkey.Completed {
		return c.B().Arbitrary("DEL").Keys(key).Build()
	})
	if err == nil && !msg.IsInt64() {
		err = redissession.ErrReply
	}
	return err
}

func (c client) Eval(ctx context.Context, calls ...redissession.Call) ([]any, error) {
	if c.cluster() {
		return c.evalEach(ctx, calls)
	}
	var replies []any
	err := c.Retry(ctx, func(last error) error {
		replies = make([]any, len(calls))
		cmds := make([]valkey.Completed, len(calls))
		for i, call := range calls {
			cmds[i] = c.eval(call)
		}
		for i, result := range c.sendAll(ctx, c.Client, cmds, last) {
			msg, err := reply(result)
			if err != nil {
				return err
			}
			if replies[i], err = valueOf(&msg); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return replies, nil
}

// evalEach runs scripts one after the other. On a Cluster valkey-go sends the commands of
// one pipeline to several primaries at the same time.
func (c client) evalEach(ctx context.Context, calls []redissession.Call) ([]any, error) {
	replies := make([]any, len(calls))
	for i, call := range calls {
		msg, err := c.do(ctx, c.Client, func() valkey.Completed { return c.eval(call) })
		if err != nil {
			return nil, err
		}
		if replies[i], err = valueOf(&msg); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

func (c client) eval(call redissession.Call) valkey.Completed {
	return c.B().Arbitrary("EVAL", call.Script, strconv.Itoa(len(call.Keys))).
		Keys(call.Keys...).Args(call.Arguments()...).Build()
}

// ServerError does not count valkey-go's error for a nil: such an error comes from the
// client's own functions, not from a server.
func (c client) ServerError(err error) (text string, ok bool) {
	var answer *valkey.ValkeyError
	if !errors.As(err, &answer) || answer.IsNil() {
		return "", false
	}
	return answer.Error(), true
}

// reply returns the server's answer to this command. A nil answer is no error.
func reply(result valkey.ValkeyResult) (valkey.ValkeyMessage, error) {
	if err := result.NonValkeyError(); err != nil {
		// This nil comes from the client's own functions: AuthCredentialsFn may ask
		// another server and return what that answered.
		if answer := (*valkey.ValkeyError)(nil); errors.As(err, &answer) && answer.IsNil() {
			err = redissession.Note("no answer of the server: see AuthCredentialsFn and the client's dialer", err)
		}
		return valkey.ValkeyMessage{}, err
	}
	msg, err := result.ToMessage()
	if msg.IsNil() {
		err = nil
	}
	return msg, err
}

// bytesIn returns the bytes of a string in a result, not nil even if it is empty. For a
// nil found is false. The bytes belong to the result.
func bytesIn(result valkey.ValkeyResult) (value []byte, found bool, err error) {
	msg, err := reply(result)
	switch {
	case err != nil || msg.IsNil():
		return nil, false, err
	case !msg.IsString():
		return nil, false, redissession.ErrReply
	}
	if value, err = msg.AsBytes(); err != nil {
		return nil, false, err
	}
	if value == nil {
		value = []byte{}
	}
	return value, true, nil
}

// valueOf returns a message as the Value of a redissession.Reply.
func valueOf(msg *valkey.ValkeyMessage) (any, error) {
	switch {
	case msg.IsNil():
		return nil, nil
	case msg.IsString():
		return msg.AsBytes()
	case msg.IsInt64():
		return msg.ToInt64()
	case msg.IsArray():
		elements, err := msg.ToArray()
		if err != nil {
			return nil, err
		}
		values := make([]any, len(elements))
		for i := range elements {
			if values[i], err = valueOf(&elements[i]); err != nil {
				return nil, err
			}
		}
		return values, nil
	case msg.IsMap():
		return msg.ToMap() // in CLUSTER SLOTS; nobody needs it
	}
	// INFO and CLUSTER NODES are verbatim strings, with the format before the text.
	text, err := msg.ToString()
	text, ok := strings.CutPrefix(text, "txt:")
	if err == nil && !ok {
		err = redissession.ErrReply
	}
	return text, err
}
