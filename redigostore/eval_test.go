package redigostore

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/scsredis/stores/internal/redistest"
)

func openClient(t *testing.T, server *redistest.Server, connections int) *client {
	pool := &redis.Pool{MaxIdle: connections, Dial: func() (redis.Conn, error) {
		return redis.Dial(server.Network, server.Addr, redis.DialReadTimeout(time.Second))
	}}
	t.Cleanup(func() { pool.Close() })
	return newClient(pool, time.Second)
}

// TestEval runs scripts: in order, in one round trip, and again on another
// connection if one breaks.
func TestEval(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	c := openClient(t, server, 1)
	set := redissession.Call{Script: "return redis.call('set', KEYS[1], ARGV[1])", Keys: []string{"a"}, Args: []string{"1"}}
	get := redissession.Call{Script: "return redis.call('get', KEYS[1])", Keys: []string{"a"}}
	several := redissession.Call{Script: "return {1, 'two', {3}, redis.call('mget', KEYS[1], KEYS[2])}", Keys: []string{"b", "a"}}
	want := []any{"OK", []byte("1"), []any{int64(1), []byte("two"), []any{int64(3)}, []any{nil, []byte("1")}}}
	for _, name := range []string{"Eval", "Eval on a broken connection"} {
		replies, err := c.Eval(t.Context(), set, get, several)
		if !reflect.DeepEqual(replies, want) || err != nil {
			t.Errorf("%s = %q, %v; want %q", name, replies, err, want)
		}
		server.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	}

	failed := redissession.Call{Script: "return redis.error_reply('SORRY ' .. ARGV[1])", Keys: []string{"a"}, Args: []string{"no"}}
	for _, calls := range [][]redissession.Call{{failed}, {set, failed, get}} {
		replies, err := c.Eval(t.Context(), calls...)
		if replies != nil || err == nil {
			t.Errorf("Eval of a script that fails = %q, %v; want an error", replies, err)
		}
		if text, ok := c.ServerError(err); !ok || !strings.HasPrefix(text, "SORRY no") {
			t.Errorf("ServerError(%v) = %q, %v; want SORRY no", err, text, ok)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Eval(ctx, set); err != context.Canceled {
		t.Errorf("Eval with a cancelled context = %v; want %v", err, context.Canceled)
	}
	// The connection has no reply left on it.
	if replies, err := c.Eval(t.Context(), get); !reflect.DeepEqual(replies, want[1:2]) || err != nil {
		t.Errorf("Eval after that = %q, %v; want %q", replies, err, want[1:2])
	}
}
