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

// TestEval runs scripts, in order.
func TestEval(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) }}
	defer pool.Close()
	c := newClient(pool, time.Second)
	set := redissession.Call{Script: "return redis.call('set', KEYS[1], ARGV[1])", Keys: []string{"a"}, Args: []string{"1"}}
	get := redissession.Call{Script: "return redis.call('get', KEYS[1])", Keys: []string{"a"}}
	several := redissession.Call{Script: "return {1, 'two', {3}, redis.call('mget', KEYS[1], KEYS[2])}", Keys: []string{"b", "a"}}
	want := []any{"OK", []byte("1"), []any{int64(1), []byte("two"), []any{int64(3)}, []any{nil, []byte("1")}}}
	if replies, err := c.Eval(t.Context(), set, get, several); !reflect.DeepEqual(replies, want) || err != nil {
		t.Errorf("Eval = %q, %v; want %q", replies, err, want)
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
