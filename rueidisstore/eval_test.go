package rueidisstore

import (
	"context"
	"testing"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/scsredis/stores/internal/redistest"
)

// TestEval: scripts on keys of different slots run in order.
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
}
