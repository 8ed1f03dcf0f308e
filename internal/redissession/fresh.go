package redissession

import (
	"strings"
	"sync"
	"time"
)

// freshKeys are the keys for which the cache must not be asked.
// The zero value has none. It keeps at most as many keys that are not fresh any more
// as fresh ones, and a hundred.
type freshKeys struct {
	mu    sync.RWMutex
	keys  map[string]freshKey
	sweep int // the number of keys at which to remove the old ones
}

// freshKey is fresh while it is being written and for a time after that, or
// unproven: in the cache, but maybe not tracked by the server.
type freshKey struct {
	writes   int // under way
	until    time.Time
	unproven bool
}

func (k freshKey) old(now time.Time) bool { return k.writes == 0 && !now.Before(k.until) }

// freshState says whether the cache may be asked for a key.
type freshState int

const (
	cacheable freshState = iota // it may
	fresh                       // it may not: the key is being written, or was
	unproven                    // not before the server has said that it tracks the key
)

func (f *freshKeys) state(key string) freshState {
	f.mu.RLock()
	k, ok := f.keys[key]
	f.mu.RUnlock()
	switch {
	case !ok || k.old(time.Now()):
		return cacheable
	case k.unproven:
		return unproven
	}
	return fresh
}

// addUnproven makes key unproven for d, unless it is fresh.
func (f *freshKeys) addUnproven(key string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if k, ok := f.keys[key]; !ok || k.unproven || k.old(now) {
		f.set(key, freshKey{until: now.Add(d), unproven: true})
	}
}

// proven takes key out if it is unproven.
func (f *freshKeys) proven(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys[key].unproven {
		delete(f.keys, key)
	}
}

// begin notes that a write of key begins.
func (f *freshKeys) begin(key string) { f.change(key, 1, time.Time{}) }

// end notes that a write of key has ended, however it did, and keeps it for d.
func (f *freshKeys) end(key string, d time.Duration) { f.change(key, -1, time.Now().Add(d)) }

// add keeps key for d.
func (f *freshKeys) add(key string, d time.Duration) { f.change(key, 0, time.Now().Add(d)) }

func (f *freshKeys) change(key string, writes int, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.keys[key]
	k.writes += writes
	k.unproven = false
	if until.After(k.until) {
		k.until = until
	}
	f.set(key, k)
}

// set notes k, and sometimes removes what is old.
func (f *freshKeys) set(key string, k freshKey) {
	if f.keys == nil {
		f.keys = make(map[string]freshKey)
	}
	f.keys[strings.Clone(key)] = k // the caller's may hold on to a whole request
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
