package redissession

import (
	"context"
	"slices"
	"strconv"
	"time"
)

//go:generate sh ../../scripts/generate.sh

// Client is what an adapter supplies: the few commands that a session store needs, sent
// by one Redis client. Its methods are called concurrently.
//
// An adapter returns errors as its client gave them, or with a [Note]. It makes
// another attempt where [Retry] says so, unless its client does so by itself.
type Client interface {
	// Get returns the value at key. For a missing key found is false and err is nil, but
	// only if the server that has the key answered this command with nil. A nil from
	// anywhere else is an error. A key of another type may be missing or an error. The
	// slice belongs to the caller and is not nil if found.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Set stores value at key until expiry, with one command that replaces value and
	// expiry together. Each attempt sends the [Lifetime] that is left at that moment. Set
	// does not use value after it has returned, even after an error.
	Set(ctx context.Context, key string, value []byte, expiry time.Time) error

	// Del removes key. A missing key is not an error.
	Del(ctx context.Context, key string) error

	// Eval runs one or more scripts in order: in one pipeline if one server has all keys,
	// otherwise one after the other. The keys of one call are in one slot. It returns one
	// reply for each call, or the first error. Another attempt may run a script twice, so
	// scripts must allow that. A cache treats all keys as written. Scripts never return
	// nil: see Get.
	Eval(ctx context.Context, calls ...Call) ([]any, error)

	// EachPrimary calls visit for every primary, perhaps concurrently. After the last
	// visit has ended it returns the first error, its own or that of a visit. It returns
	// an error if it leaves out a primary, unless the client does not know that primary
	// of a Cluster yet: Store notices from the slots that it is missing.
	EachPrimary(ctx context.Context, visit func(ctx context.Context, primary Primary) error) error

	// ServerError returns the text of the error that a server answered, if err is
	// or wraps one. The text begins with the kind, such as ERR or READONLY.
	ServerError(err error) (text string, ok bool)
}

// Primary is one primary during EachPrimary.
type Primary interface {
	// Pipeline sends commands in one round trip over one connection, to this primary
	// alone, and returns one reply for each. It holds the connection only during the
	// call.
	Pipeline(ctx context.Context, commands ...Command) ([]Reply, error)
}

// Command is a command's name and its arguments.
type Command []string

// Call is one run of a script. Every attempt calls Arguments again.
type Call struct {
	Script string
	Keys   []string // at least one; all that the script touches
	Args   []string

	// Expiry is when the session that the script stores expires; zero if it stores none.
	Expiry time.Time
}

// Arguments returns Args and, if the call has an expiry, the [Lifetime] that is left.
func (c Call) Arguments() []string {
	if c.Expiry.IsZero() {
		return c.Args
	}
	return append(slices.Clip(c.Args), strconv.FormatInt(Lifetime(c.Expiry), 10))
}

// Command returns the EVAL command for an attempt that is made now.
func (c Call) Command() Command {
	return slices.Concat(Command{"EVAL", c.Script, strconv.Itoa(len(c.Keys))}, c.Keys, c.Arguments())
}

// Reply is what a server answered to a command. Value is nil, an int64, a string, a
// []byte, or a []any of these; a []byte belongs to the caller. Err is an error that the
// server answered, as for [Client.ServerError].
type Reply struct {
	Value any
	Err   error
}

// Concurrently visits all items at the same time and returns the first error, after the
// last visit has ended. A panic becomes an error.
func Concurrently[T any](items []T, visit func(T) error) error {
	errs := make(chan error, len(items))
	for _, item := range items {
		go func() { errs <- guard(func() error { return visit(item) }) }()
	}
	var first error
	for range items {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}
