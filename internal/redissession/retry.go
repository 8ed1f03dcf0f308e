package redissession

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"syscall"
	"time"
)

// maxAttempts is how often a command is sent if each attempt ends with a
// transient error. It is more than the connections that a client multiplexes on,
// or keeps idle for one server in most applications: after a restart each of them
// breaks once.
const maxAttempts = 9

// firstRetryPause and the pauses after it, which double, add up to 1.3 seconds:
// what the nodes of a Cluster take to tell each other of a move.
const firstRetryPause = 10 * time.Millisecond

// Retry makes attempts until one succeeds, ends with an error that is not
// transient, or ctx is over. Each is told how the one before it ended, the first
// nil. The second comes at once, the others after pauses. serverError is the
// Client's method. own reports whether an error that no server answered is
// transient although it is no broken connection; nil means that none is.
//
// What a store sends may be done twice by that. Then it overwrites what somebody
// else has written in between, as if the call had come after it.
//
// The error is that of the last attempt. If no server answered it, it also wraps
// the last error that a server did answer, because that tells why: the connection
// may have been closed for it.
func Retry(ctx context.Context, serverError func(error) (string, bool), own func(error) bool, attempt func(last error) error) error {
	err := attempt(nil)
	var answered error
	for n := 1; err != nil && n < maxAttempts && transient(ctx, serverError, own, err); n++ {
		if _, ok := serverError(err); ok {
			answered = err
		}
		if n > 1 && sleep(ctx, firstRetryPause<<(n-2)) != nil {
			break
		}
		err = attempt(err)
	}
	if err == nil || answered == nil {
		return err
	}
	if _, ok := serverError(err); ok {
		return err
	}
	return &afterError{err, answered}
}

// afterError is the error of the last attempt, after the one before it that a
// server answered.
type afterError struct{ last, answered error }

func (e *afterError) Error() string   { return e.last.Error() + ", after " + e.answered.Error() }
func (e *afterError) Unwrap() []error { return []error{e.last, e.answered} }

// transientKinds are the kinds of errors with which a server says that another
// server, or another moment, is right.
var transientKinds = []string{"MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "READONLY", "MASTERDOWN"}

func transientKind(text string) bool { return slices.Contains(transientKinds, Kind(text)) }

// transient reports whether another attempt may succeed soon. A server that
// cannot be reached or does not answer is not insisted on.
func transient(ctx context.Context, serverError func(error) (string, bool), own func(error) bool, err error) bool {
	if ctx.Err() != nil || errors.Is(err, ErrReply) {
		return false
	}
	if text, ok := serverError(err); ok {
		return transientKind(text)
	}
	return broken(err) || own != nil && own(err)
}

// broken reports whether err is that of a connection that was open and broke.
func broken(err error) bool {
	var (
		netErr net.Error
		opErr  *net.OpError
	)
	switch {
	case errors.As(err, &netErr) && netErr.Timeout():
		return false
	case errors.As(err, &opErr):
		return opErr.Op != "dial"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// SharedDial tells which errors of one call may be the end of another call, for a client
// whose calls share the making of a connection: all end with the context of the one that
// began. A server that hangs during a dial ends them with the same errors, so there is
// one more attempt, and others for a second only.
type SharedDial struct {
	ended time.Time // when an attempt first ended so
}

// Transient reports whether another attempt may not meet err.
func (s *SharedDial) Transient(err error) bool {
	var dial *net.OpError
	timedOut := errors.As(err, &dial) && dial.Op == "dial" && dial.Timeout()
	if !timedOut && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if s.ended.IsZero() {
		s.ended = time.Now()
		return true
	}
	return time.Since(s.ended) < time.Second
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// maxLifetime is what a server can add to its own clock.
const maxLifetime = math.MaxInt64 / 2

// Lifetime returns how long a session lives from now on by this machine's clock,
// in milliseconds rounded down, as PX takes it. Zero or less means that it has
// expired. It is relative because a server's clock may differ: a session of five
// minutes must not be gone at once on a server that is ten minutes ahead.
func Lifetime(expiry time.Time) int64 {
	now := time.Now()
	switch left := expiry.Sub(now); {
	case left < math.MaxInt64:
		return left.Milliseconds()
	case expiry.After(time.UnixMilli(maxLifetime)):
		return maxLifetime
	}
	return expiry.UnixMilli() - now.UnixMilli() // more than a Duration holds
}
