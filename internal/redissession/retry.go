package redissession

import (
	"context"
	"time"
)

// MaxAttempts is how often an adapter sends a command that another attempt may
// help: because its connection broke, or because the server said that another
// one, or another moment, is right. It is more than the connections that a client
// multiplexes on, or keeps idle for one server in most applications: after a
// restart each of them breaks once.
const MaxAttempts = 9

// firstRetryPause and the pauses after it, which double, add up to 1.3 seconds:
// what the nodes of a Cluster take to tell each other of a move.
const firstRetryPause = 10 * time.Millisecond

// Again waits until it is time for another attempt after n of them, and reports
// whether there is to be one at all. The second comes at once.
func Again(ctx context.Context, n int) bool {
	switch {
	case n >= MaxAttempts || ctx.Err() != nil:
		return false
	case n == 1:
		return true
	}
	return sleep(ctx, firstRetryPause<<(n-2)) == nil
}
