package goredisstore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

// TestFullPool: on a server that hangs every attempt of a call first waits for a
// connection. The README states that bound.
func TestFullPool(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	const timeout, retries = 200 * time.Millisecond, 3
	client := redis.NewClient(&redis.Options{
		Addr: server.Addr, PoolSize: 4, MaxRetries: retries, MinRetryBackoff: -1, MaxRetryBackoff: -1,
		DialTimeout: timeout, ReadTimeout: timeout, WriteTimeout: timeout, PoolTimeout: timeout,
	})
	defer client.Close()
	s := goredisstore.New(client)
	adaptertest.MustCommit(t, s, "token", "data")
	resume := server.Pause(t)
	defer resume()
	// The dials succeed, and the login of a new connection waits for ReadTimeout.
	const bound = (retries + 1) * (timeout + timeout)
	var calling sync.WaitGroup
	calls := adaptertest.Calls(t.Context(), s, "token", "data")
	for range 100 {
		for _, name := range []string{"Find", "Commit", "Delete"} {
			calling.Add(1)
			go func() {
				defer calling.Done()
				start := time.Now()
				err := calls[name]()
				if took := time.Since(start); err == nil || took > bound+time.Second { // a busy machine is late
					t.Errorf("%s on a server that hangs = %v after %v; want an error within %v", name, err, took, bound)
				}
			}()
		}
	}
	calling.Wait()
}
