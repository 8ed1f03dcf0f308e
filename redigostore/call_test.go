package redigostore

import (
	"context"
	"testing"
	"time"
)

// TestCall checks the promises of context.Context: Err is nil until Done is
// closed, and not after, in whatever order they are asked and the call ends.
// The context package panics in a goroutine of its own if they are broken.
func TestCall(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx     context.Context
		timeout time.Duration
		waits   bool // Done is called before the end
		ends    bool
		want    error
	}{
		"running":          {ctx: context.Background(), timeout: time.Hour},
		"running, waits":   {ctx: context.Background(), timeout: time.Hour, waits: true},
		"ended":            {ctx: context.Background(), timeout: time.Hour, ends: true, want: context.Canceled},
		"ended, waits":     {ctx: context.Background(), timeout: time.Hour, waits: true, ends: true, want: context.Canceled},
		"timed out":        {ctx: context.Background(), timeout: -1, want: context.DeadlineExceeded},
		"timed out, waits": {ctx: context.Background(), timeout: -1, waits: true, want: context.DeadlineExceeded},
		"cancelled":        {ctx: cancelled, timeout: time.Hour, want: context.Canceled},
		"cancelled, waits": {ctx: cancelled, timeout: time.Hour, waits: true, want: context.Canceled},
		"timed out, ended": {ctx: context.Background(), timeout: -1, waits: true, ends: true, want: context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCall(test.ctx, test.timeout)
			if test.waits {
				c.Done()
			}
			if test.ends {
				c.end()
			} else {
				defer c.end()
			}
			if err := c.Err(); err != test.want {
				t.Errorf("Err = %v; want %v", err, test.want)
			}
			select {
			case <-c.Done():
				if err := c.Err(); err == nil {
					t.Error("Done is closed and Err is nil")
				}
			default:
				if err := c.Err(); err != nil {
					t.Errorf("Done is open and Err is %v", err)
				}
			}
		})
	}
}

// TestCallEndsChildren: a context made from a call, as a dial makes one, ends
// with the call, and so do the goroutines that the context package starts.
func TestCallEndsChildren(t *testing.T) {
	for range 100 {
		c := newCall(context.Background(), time.Hour)
		child, cancel := context.WithCancel(c)
		c.end()
		select {
		case <-child.Done():
			if child.Err() != context.Canceled {
				t.Errorf("Err of the child = %v; want %v", child.Err(), context.Canceled)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the child lives on")
		}
		cancel()
	}
}
