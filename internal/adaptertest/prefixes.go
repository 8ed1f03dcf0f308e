package adaptertest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// Prefixes returns what storetest.Run takes for stores that share a server:
// newStore opens each with a prefix of its own, and peer a second one with the
// prefix of another. S is scs.Store, which this module does not know.
func Prefixes[S any](open func(tb testing.TB, prefix string) S) (newStore func(testing.TB) S, peer func(testing.TB, S) S) {
	var (
		prefixes sync.Map // of the stores
		last     atomic.Int64
	)
	openWith := func(tb testing.TB, prefix string) S {
		s := open(tb, prefix)
		prefixes.Store(s, prefix)
		return s
	}
	newStore = func(tb testing.TB) S { return openWith(tb, fmt.Sprintf("test%d:", last.Add(1))) }
	peer = func(tb testing.TB, s S) S {
		prefix, _ := prefixes.Load(s)
		return openWith(tb, prefix.(string))
	}
	return newStore, peer
}
