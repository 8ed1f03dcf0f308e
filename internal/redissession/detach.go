package redissession

import (
	"context"
	"time"
	"unsafe"
)

// detach returns ctx without its end, and the key of token: the browser going
// away must not undo a logout, nor lose a change whose side effects have
// happened.
func (s *Store) detach(ctx context.Context, token string) (context.Context, string) {
	if ctx.Done() == nil {
		return ctx, s.keys.key(token)
	}
	d := &detached{Context: ctx}
	key := append(append(d.room[:0], s.keys.prefix...), token...)
	// Nobody writes to these bytes again.
	return d, unsafe.String(unsafe.SliceData(key), len(key))
}

// detached does what context.WithoutCancel does, with room for a key: a call that
// changes a session allocates once for both, as the bare call does for its key.
type detached struct {
	context.Context // for its values
	room            [keyRoom]byte
}

// keyRoom is enough for a token of scs's, 43 bytes, under most prefixes. A longer
// key has an allocation of its own.
const keyRoom = 80

func (*detached) Deadline() (time.Time, bool) { return time.Time{}, false }
func (*detached) Done() <-chan struct{}       { return nil }
func (*detached) Err() error                  { return nil }
