package redissession

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// live is a Client on a real server, for the scripts that no fake can run.
type live struct {
	tb     testing.TB
	server *redistest.Server

	// before, if not nil, is called before each script. It may act as another process. If
	// it returns false, the client sends nothing more, as if its process had ended.
	before func(Call) bool
}

var errKilled = &serverError{"the process was killed"}

func (l *live) do(args ...string) any { l.tb.Helper(); return l.server.Do(l.tb, args...) }

func (l *live) Get(_ context.Context, key string) ([]byte, bool, error) {
	value, ok := l.do("GET", key).(string)
	return []byte(value), ok, nil
}

func (l *live) Set(_ context.Context, key string, value []byte, expiry time.Time) error {
	l.do("SET", key, string(value), "PX", strconv.FormatInt(Lifetime(expiry), 10))
	return nil
}

func (l *live) Del(_ context.Context, key string) error {
	l.do("DEL", key)
	return nil
}

func (l *live) Eval(_ context.Context, calls ...Call) ([]any, error) {
	replies := make([]any, len(calls))
	for i, c := range calls {
		command := c.Command()
		if l.before != nil && !l.before(c) {
			return nil, errKilled
		}
		reply, err := l.server.TryDo(command...)
		if err != nil {
			return nil, &serverError{err.Error()}
		}
		replies[i] = reply
	}
	return replies, nil
}

func (l *live) EachPrimary(ctx context.Context, visit func(context.Context, Primary) error) error {
	return visit(ctx, l)
}

func (l *live) Pipeline(_ context.Context, commands ...Command) ([]Reply, error) {
	replies := make([]Reply, len(commands))
	for i, c := range commands {
		replies[i].Value = l.do(c...)
	}
	return replies, nil
}

func (l *live) ServerError(err error) (string, bool) { return (*fake)(nil).ServerError(err) }

// jsonCodec decodes sessions that are JSON objects.
type jsonCodec struct{}

func (jsonCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(values)
}

func (jsonCodec) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	return deadline, values, json.Unmarshal(b, &values)
}

func newLive(t *testing.T, opts Options) (*Store, *live) {
	t.Helper()
	client := &live{tb: t, server: redistest.Start(t, redistest.Options{Unix: true})}
	opts.Codec = jsonCodec{}
	return New("livestore", client, opts), client
}
