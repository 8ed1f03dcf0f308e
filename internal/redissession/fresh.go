package redissession

import (
	"strings"
	"sync"
	"time"
)

// freshKeys are the keys for which the cache must not be used. The zero value has none.
// Besides the fresh keys it holds at most as many old ones, and 100 more.
type freshKeys struct {
	mu    sync.RWMutex
	keys  map[string]freshKey
	sweep int // the number of keys at which to remove the old ones
}

// freshKey is fresh during a write and for some time after it. It is unproven if it is in
// the cache, but the server may not track it.
type freshKey struct {
	writes   int // that are under way
	until    time.Time
	unproven bool
}

func (k freshKey) old(now time.Time) bool { return k.writes == 0 && !now.Before(k.until) }

// freshState says whether the cache may be used for a key.
type freshState int

const (
	cacheable freshState = iota // it may be used
	fresh                       // it may not: the key is being written, or was a short time ago
	unproven                    // only after the server has confirmed that it tracks the key
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

// proven removes key if it is unproven.
func (f *freshKeys) proven(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys[key].unproven {
		delete(f.keys, key)
	}
}

// begin notes that a write of key begins.
func (f *freshKeys) begin(key string) { f.change(key, 1, time.Time{}) }

// end notes that a write of key has ended, with or without success. The key stays fresh
// for d.
func (f *freshKeys) end(key string, d time.Duration) { f.change(key, -1, time.Now().Add(d)) }

// add makes key fresh for d.
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

// set stores k, and sometimes removes the old keys.
func (f *freshKeys) set(key string, k freshKey) {
	if f.keys == nil {
		f.keys = make(map[string]freshKey)
	}
	f.keys[strings.Clone(key)] = k // the caller's may keep a whole request in memory
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
