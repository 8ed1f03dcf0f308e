package rueidisstore

import (
	"context"
	"reflect"
	"testing"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/scsredis/stores/internal/redistest"
)

// TestEval runs scripts on keys of different slots, in order.
func TestEval(t *testing.T) {
	adaptertest.Long(t)
	conn, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{redistest.StartCluster(t)[0].Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, ctx := newClient(conn), context.Background()
	const now = "local t = redis.call('TIME') return t[1] * 1000000 + t[2]"
	replies, err := c.Eval(ctx,
		redissession.Call{Script: "local n = 0 for i = 1, 3000000 do n = n + i end " + now, Keys: []string{"a"}},
		redissession.Call{Script: now, Keys: []string{"b"}})
	if err != nil || replies[0].(int64) >= replies[1].(int64) {
		t.Errorf("Eval of two scripts = %v, %v; want the first to end before the second begins", replies, err)
	}

	for script, want := range map[string]any{
		"return 7":                        int64(7),
		"return 'text'":                   []byte("text"),
		"return redis.status_reply('OK')": []byte("OK"),
		"return {1, 'two', {3}}":          []any{int64(1), []byte("two"), []any{int64(3)}},
		"return {}":                       []any{},
		"return false":                    nil,
		"return {verbatim_string = {format = 'txt', string = 'v'}}": "v",
	} {
		replies, err := c.Eval(ctx, redissession.Call{Script: script, Keys: []string{"a"}})
		if err != nil || !reflect.DeepEqual(replies, []any{want}) {
			t.Errorf("Eval(%s) = %#v, %v; want %#v", script, replies, err, want)
		}
	}
}
