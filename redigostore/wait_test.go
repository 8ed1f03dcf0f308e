package redigostore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// TestWaitInLine: calls that see an idle connection, which somebody else then takes
// and keeps, wait no longer than the timeout.
func TestWaitInLine(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	pool := &redis.Pool{
		MaxActive: 1, MaxIdle: 1, Wait: true,
		Dial: func() (redis.Conn, error) { return redis.Dial("tcp", server.Addr) },
	}
	defer pool.Close()
	const timeout, kept = 100 * time.Millisecond, 5 * time.Second
	s := redigostore.NewWithOptions(pool, redigostore.Options{Timeout: timeout})
	if _, _, err := s.Find("token"); err != nil {
		t.Fatalf("Find = %v", err)
	}
	taken := make(chan struct{})
	var calling sync.WaitGroup
	for range 100 {
		calling.Add(1)
		go func() {
			defer calling.Done()
			for {
				start := time.Now()
				s.Find("token")
				if took := time.Since(start); took > kept/2 {
					t.Errorf("Find took %v; want the timeout, %v", took, timeout)
				}
				select {
				case <-taken:
					return
				default:
				}
			}
		}()
	}
	conn := pool.Get()
	close(taken)
	time.AfterFunc(kept, func() { conn.Close() })
	calling.Wait()
	conn.Close()
}
