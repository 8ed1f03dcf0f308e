package redigostore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestFindInEach: Each holds no connection while its function runs, so that the
// function has the only one of a pool that does not wait.
func TestFindInEach(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := &redis.Pool{MaxActive: 1, MaxIdle: 1, Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) }}
	defer pool.Close()
	s := redigostore.New(pool)
	const n = 5000
	for i := range n {
		if err := s.Commit(fmt.Sprint("token", i), []byte("data"), time.Now().Add(time.Hour)); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	shown := make(map[string]bool)
	err := s.Each(t.Context(), func(token string, _ []byte) error {
		shown[token] = true
		b, found, err := s.Find(token)
		if string(b) != "data" || !found || err != nil {
			return fmt.Errorf("find in Each = %q, %v, %w", b, found, err)
		}
		return nil
	})
	if len(shown) != n || err != nil {
		t.Errorf("Each showed %d sessions, %v; want %d", len(shown), err, n)
	}
}
