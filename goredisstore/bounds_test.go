package goredisstore_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
)

// TestFullPool: on a server that hangs every attempt of a call waits for a
// connection first, which is what the README says of the bound.
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
	mustKeep(t, s)
	resume := server.Pause(t)
	defer resume()
	var calling sync.WaitGroup
	var mu sync.Mutex
	var longest time.Duration
	for range 100 {
		for name, call := range callsOn(s, "token") {
			if name == "All" || name == "Each" {
				continue // these take that for each round trip
			}
			calling.Add(1)
			go func() {
				defer calling.Done()
				start := time.Now()
				if err := call(); err == nil {
					t.Errorf("%s on a server that hangs = <nil>; want an error", name)
				}
				mu.Lock()
				defer mu.Unlock()
				longest = max(longest, time.Since(start))
			}()
		}
	}
	calling.Wait()
	// The dials succeed, and the login of a new connection waits for ReadTimeout.
	const bound = (retries + 1) * (timeout + timeout)
	t.Logf("the longest of 300 calls took %v; bound %v", longest, bound)
	if longest > bound+time.Second { // a busy machine is late
		t.Errorf("a call took %v; want at most %v", longest, bound)
	}
}

// late is a context whose deadline passes before its timer says so.
type late struct {
	context.Context
	deadline time.Time
}

func (c late) Deadline() (time.Time, bool) { return c.deadline, true }

// TestDeadlineDuringDial: a dial that the caller's deadline cuts short ends with an
// error of the network's.
func TestDeadlineDuringDial(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{
		MaxRetries: -1,
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(50 * time.Millisecond)
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		},
	})
	defer client.Close()
	s := goredisstore.New(client)
	for name, call := range map[string]func(context.Context) error{
		"Find": func(ctx context.Context) error { _, _, err := s.FindCtx(ctx, "token"); return err },
		"All":  func(ctx context.Context) error { _, err := s.AllCtx(ctx); return err },
	} {
		ctx := late{context.Background(), time.Now().Add(50 * time.Millisecond)}
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s = %v; want %v", name, err, context.DeadlineExceeded)
		}
	}
}
