package redissession

import (
	"context"
	"slices"
	"strconv"
	"time"
)

//go:generate sh ../../scripts/generate.sh

// Client is what an adapter supplies: the few commands that a session store
// needs, in the words of one Redis client. Its methods are called concurrently.
//
// An adapter returns errors as its client gave them, or with a [Note]. It makes
// another attempt where [Retry] says so, unless its client does so by itself.
type Client interface {
	// Get returns the value at key. A missing key is found == false with a nil
	// error, and only if the server that has the key answered this command so: a
	// nil from anywhere else is an error. A key of another type is either. The
	// slice becomes the caller's and is not nil if found.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Set stores value at key until expiry, with one command that replaces value
	// and expiry together. Each attempt sends the [Lifetime] that is left by then,
	// and deletes the key once nothing is left. Set does not refer to value after it
	// has returned, whatever the outcome.
	Set(ctx context.Context, key string, value []byte, expiry time.Time) error

	// Del removes key. A missing key is not an error.
	Del(ctx context.Context, key string) error

	// Eval runs scripts in order, in one pipeline where one server has the keys
	// of all, and otherwise one after the other. The keys of one call are in one
	// slot. It returns one reply for each call, or the first error. A script may run
	// again in another attempt, so it must be one that may. With a cache, all keys
	// count as written. Scripts never return nil: see Get.
	Eval(ctx context.Context, calls ...Call) ([]any, error)

	// EachPrimary calls visit for every primary, maybe concurrently. It returns
	// the first error, its own or that of visit, after the last visit has ended. It
	// leaves out no primary without an error, except one of a Cluster that the client
	// does not know yet: Store notices that by the slots.
	EachPrimary(ctx context.Context, visit func(ctx context.Context, primary Primary) error) error

	// ServerError returns the text of the error that a server answered, if err is
	// or wraps one. The text begins with the kind, such as ERR or READONLY.
	ServerError(err error) (text string, ok bool)
}

// Primary is one primary during EachPrimary.
type Primary interface {
	// Pipeline sends commands in one round trip over one connection, to this
	// primary alone, and returns one reply for each. It takes the connection for the
	// call only.
	Pipeline(ctx context.Context, commands ...Command) ([]Reply, error)
}

// Command is a command's name and its arguments.
type Command []string

// Call is one run of a script. Every attempt sends what Arguments returns then.
type Call struct {
	Script string
	Keys   []string // at least one; all that the script touches
	Args   []string

	// Expiry, unless it is zero, is when the session expires that the script stores.
	Expiry time.Time
}

// Arguments returns Args, and behind them the [Lifetime] that is left if the call has
// an expiry. It is at least a millisecond: an attempt that comes too late leaves
// nothing that could be found for longer.
func (c Call) Arguments() []string {
	if c.Expiry.IsZero() {
		return c.Args
	}
	return append(slices.Clip(c.Args), strconv.FormatInt(max(Lifetime(c.Expiry), 1), 10))
}

// Command returns the EVAL of an attempt that is made now.
func (c Call) Command() Command {
	return slices.Concat(Command{"EVAL", c.Script, strconv.Itoa(len(c.Keys))}, c.Keys, c.Arguments())
}

// Reply is what a server answered to a command. Value is nil, an int64, a string,
// a []byte, or a []any of these; a []byte becomes the caller's. Err is an error that
// the server answered: [Client.ServerError] knows it.
type Reply struct {
	Value any
	Err   error
}

// Concurrently visits all of these at the same time and returns the first error, after
// the last visit has ended. A panic is an error.
func Concurrently[T any](all []T, visit func(T) error) error {
	errs := make(chan error, len(all))
	for _, one := range all {
		go func() { errs <- guard(func() error { return visit(one) }) }()
	}
	var first error
	for range all {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}
