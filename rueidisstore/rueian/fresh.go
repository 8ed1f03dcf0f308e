// Code generated from rueidisstore/fresh.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"strings"
	"sync"
	"time"
)

// freshKeys are the keys for which the cache must not be asked: they are being
// written, or were a short time ago. It holds twice as many as that at the most,
// or a few.
type freshKeys struct {
	mu    sync.RWMutex
	keys  map[string]freshKey
	sweep int // the number of keys at which to remove the old ones
}

type freshKey struct {
	writes int       // under way
	until  time.Time // after the last of them
}

func (k freshKey) old(now time.Time) bool { return k.writes == 0 && !now.Before(k.until) }

// has reports whether key is one of them.
func (f *freshKeys) has(key string) bool {
	f.mu.RLock()
	k, ok := f.keys[key]
	f.mu.RUnlock()
	return ok && !k.old(time.Now())
}

// begin notes that a write of key begins. It returns the key in memory of its
// own: the caller's may hold on to a whole request.
func (f *freshKeys) begin(key string) string {
	key = strings.Clone(key)
	f.change(key, 1, time.Time{})
	return key
}

// end notes that a write of key has ended, however it did, and keeps it for d.
func (f *freshKeys) end(key string, d time.Duration) { f.change(key, -1, time.Now().Add(d)) }

// add keeps key for d.
func (f *freshKeys) add(key string, d time.Duration) { f.change(key, 0, time.Now().Add(d)) }

func (f *freshKeys) change(key string, writes int, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.keys[key]
	k.writes += writes
	if until.After(k.until) {
		k.until = until
	}
	f.keys[key] = k
	if len(f.keys) <= f.sweep {
		return
	}
	now := time.Now()
	for key, k := range f.keys {
		if k.old(now) {
			delete(f.keys, key)
		}
	}
	f.sweep = 2*len(f.keys) + 100
}
