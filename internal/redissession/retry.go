package redissession

import (
	"context"
	"fmt"
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

// Retry makes further attempts at a command of which the first ended with err,
// until one succeeds, passing says that another would not help, or ctx is over.
// Each is told how the one before it ended. The second comes at once, the others
// after pauses.
//
// The error is that of the last attempt. If that is no server's reply, it also
// wraps the last error that was one, as isReply says, because that tells why: the
// connection may even have been closed for it, by another call.
func Retry(ctx context.Context, err error, passing, isReply func(error) bool, attempt func(last error) error) error {
	var replied error
	for n := 1; err != nil && passing(err) && again(ctx, n); n++ {
		if isReply(err) {
			replied = err
		}
		err = attempt(err)
	}
	if err != nil && replied != nil && !isReply(err) {
		err = fmt.Errorf("%w, after %w", err, replied)
	}
	return err
}

// again waits until it is time for another attempt after n of them, and reports
// whether there is to be one at all.
func again(ctx context.Context, n int) bool {
	switch {
	case n >= MaxAttempts || ctx.Err() != nil:
		return false
	case n == 1:
		return true
	}
	return sleep(ctx, firstRetryPause<<(n-2)) == nil
}
