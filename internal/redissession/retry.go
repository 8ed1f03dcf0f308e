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

// maxAttempts is how many times a command is sent if each attempt ends with a transient
// error. After a restart each connection breaks once, so it is more than the connections
// that most applications have to one server, multiplexed or idle.
const maxAttempts = 9

// firstRetryPause is the first pause; each further one is twice as long. Together they
// take 1.3 seconds, in which the nodes of a Cluster tell each other of a move.
const firstRetryPause = 10 * time.Millisecond

// Retry makes attempts until one succeeds, one ends with an error that is not transient,
// or ctx ends. Each attempt gets the error of the attempt before it; the first gets nil.
// The second attempt comes at once, the others after pauses. serverError is the Client's
// method. own reports whether an error is transient that no server answered and that is
// no broken connection; a nil own means that none is.
//
// So a server may execute a command twice. The second time overwrites what somebody else
// has written in between, as if the call had come later.
//
// The error is that of the last attempt. If no server answered that, it also wraps the
// last error that a server did answer, for which the connection may have been closed.
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

// afterError is last, the error of the last attempt. It also has answered, an earlier
// error that a server answered.
type afterError struct{ last, answered error }

func (e *afterError) Error() string   { return e.last.Error() + ", after " + e.answered.Error() }
func (e *afterError) Unwrap() []error { return []error{e.last, e.answered} }

// transientKinds are the kinds of errors with which a server says that another server can
// answer, or that it can answer later.
var transientKinds = []string{"MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "READONLY", "MASTERDOWN"}

func transientKind(text string) bool { return slices.Contains(transientKinds, Kind(text)) }

// FromReplica reports whether err is an answer that only a replica gives. serverError is
// the Client's method.
func FromReplica(serverError func(error) (string, bool), err error) bool {
	if err == nil {
		return false
	}
	text, _ := serverError(err)
	kind := Kind(text)
	return kind == "READONLY" || kind == "MASTERDOWN"
}

// transient reports whether another attempt may succeed soon. It is false if a server
// cannot be reached or does not answer.
func transient(ctx context.Context, serverError func(error) (string, bool), own func(error) bool, err error) bool {
	if ctx.Err() != nil || errors.Is(err, ErrReply) {
		return false
	}
	if text, ok := serverError(err); ok {
		return transientKind(text)
	}
	return broken(err) || errors.Is(err, errNotCached) || own != nil && own(err)
}

// broken reports whether err says that an open connection broke.
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

// SharedDial finds errors that the end of another call may have caused. It is for a
// client whose calls wait together for a new connection: all of them end with the context
// of the call that began to dial. A server that hangs during a dial causes the same
// errors, so there is one more attempt, and further ones only for a second.
type SharedDial struct {
	first time.Time // when an attempt first ended with such an error
}

// Transient reports whether another attempt may succeed after err.
func (s *SharedDial) Transient(err error) bool {
	var dial *net.OpError
	timedOut := errors.As(err, &dial) && dial.Op == "dial" && dial.Timeout()
	if !timedOut && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if s.first.IsZero() {
		s.first = time.Now()
		return true
	}
	return time.Since(s.first) < time.Second
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

// maxLifetime is the longest lifetime that a server can add to its clock.
const maxLifetime = math.MaxInt64 / 2

// Lifetime returns how long a session lives from now on by this machine's clock, in
// milliseconds rounded down, as PX takes it. It is at least one: an attempt that comes
// too late stores the session only for that long. It is relative because a server's clock
// may differ: a session of five minutes must not be gone at once on a server that is ten
// minutes ahead.
func Lifetime(expiry time.Time) int64 {
	now := time.Now()
	switch left := expiry.Sub(now); {
	case left < math.MaxInt64:
		return max(left.Milliseconds(), 1)
	case expiry.After(time.UnixMilli(maxLifetime)):
		return maxLifetime
	}
	return expiry.UnixMilli() - now.UnixMilli() // more than a Duration holds
}
