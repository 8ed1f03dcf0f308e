package redissession

import "context"

// Client is what an adapter supplies: the few commands a session store needs,
// in the words of one Redis client. Its methods are called concurrently.
//
// Errors are returned as the client gave them; Store adds package, operation
// and what it keeps out of logs.
type Client interface {
	// Get returns the value at key. A missing key is found == false with a nil
	// error; anything else that is not a string value is an error. The slice
	// becomes the caller's.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Set stores value at key, to expire at pxat, in milliseconds since the Unix
	// epoch. It sends one command that replaces value and expiry together, and
	// no longer refers to value after it has returned, whatever the outcome.
	Set(ctx context.Context, key string, value []byte, pxat int64) error

	// Del removes key. A missing key is not an error.
	Del(ctx context.Context, key string) error

	// EachShard calls visit for every primary, maybe concurrently, and returns
	// the first error, its own or that of visit. It returns after the last visit
	// has. It never leaves out a primary without returning an error, unless that
	// is a Cluster's which the client has not met yet: Store notices by the
	// slots that nobody has.
	EachShard(ctx context.Context, visit func(ctx context.Context, shard Shard) error) error
}

// Shard is one primary during an EachShard.
type Shard interface {
	// ClusterNodes returns the primary's reply to CLUSTER NODES, or an empty
	// string without asking if it is not one of a Cluster.
	ClusterNodes(ctx context.Context) (string, error)

	// Scan returns the page of keys at cursor that match the glob pattern. Count is
	// the number of keys that the server should look at for one page.
	Scan(ctx context.Context, cursor uint64, pattern string, count int) (ScanPage, error)

	// GetMany returns the values of keys, which come from one page of the shard,
	// in their order, from one pipeline, or from where a key has moved since. An
	// element is nil where the key is missing or does not hold a string, and only
	// there: an empty value is an empty slice. The slices become the caller's.
	GetMany(ctx context.Context, keys []string) ([][]byte, error)
}

// ScanPage is what Shard.Scan returns.
type ScanPage struct {
	Keys []string
	Next uint64 // the cursor of the next page, zero after the last

	// Info is the reply to INFO server over the same connection, in the same round
	// trip, so that it is about the process whose keys these are. It is empty if the
	// server does not know that: see Unknown.
	Info string
}

// Concurrently makes all visits at the same time and returns the first error,
// after the last has ended. A panic is an error.
func Concurrently(visits []func() error) error {
	errs := make(chan error, len(visits))
	for _, visit := range visits {
		go func() { errs <- guard(visit) }()
	}
	var first error
	for range visits {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}
