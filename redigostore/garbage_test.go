package redigostore_test

import (
	"testing"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestPanicBeforeReplies: what stands behind a reply at which redigo panics is
// never taken for a session.
func TestPanicBeforeReplies(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	pool := &redis.Pool{MaxIdle: 10, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) }}
	defer pool.Close()
	s := redigostore.New(pool)
	another := redistest.Bulk("of another")
	server.Reply(func([]string) string { return "$9223372036854775807\r\n" + another + another + another })
	for range 5 {
		if b, found, err := s.Find("token"); found || err == nil {
			t.Errorf("Find = %q, %v, %v; want an error", b, found, err)
		}
	}
	server.Reply(func([]string) string { return redistest.Bulk("data") })
	for range 5 {
		if b, found, err := s.Find("token"); string(b) != "data" || !found || err != nil {
			t.Errorf("Find = %q, %v, %v; want data, true, <nil>", b, found, err)
		}
	}
}
