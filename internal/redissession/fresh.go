package redissession

import (
	"strings"
	"sync"
	"time"
)

// FreshKeys are the keys for which an adapter must not ask the cache of its client.
// The zero value has none. It keeps at most as many keys that are not fresh any more
// as fresh ones, and a hundred.
type FreshKeys struct {
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

// FreshState says whether the cache may be asked for a key.
type FreshState int

const (
	Cacheable FreshState = iota // it may
	Fresh                       // it may not: the key is being written, or was
	Unproven                    // not before the server has said that it tracks the key
)

// State returns the state of key.
func (f *FreshKeys) State(key string) FreshState {
	f.mu.RLock()
	k, ok := f.keys[key]
	f.mu.RUnlock()
	switch {
	case !ok || k.old(time.Now()):
		return Cacheable
	case k.unproven:
		return Unproven
	}
	return Fresh
}

// AddUnproven makes key unproven for d, unless it is fresh.
func (f *FreshKeys) AddUnproven(key string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if k, ok := f.keys[key]; !ok || k.unproven || k.old(now) {
		f.set(key, freshKey{until: now.Add(d), unproven: true})
	}
}

// Proven takes key out if it is unproven.
func (f *FreshKeys) Proven(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys[key].unproven {
		delete(f.keys, key)
	}
}

// Begin notes that a write of key begins.
func (f *FreshKeys) Begin(key string) { f.change(key, 1, time.Time{}) }

// End notes that a write of key has ended, however it did, and keeps it for d.
func (f *FreshKeys) End(key string, d time.Duration) { f.change(key, -1, time.Now().Add(d)) }

// Add keeps key for d.
func (f *FreshKeys) Add(key string, d time.Duration) { f.change(key, 0, time.Now().Add(d)) }

func (f *FreshKeys) change(key string, writes int, until time.Time) {
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
func (f *FreshKeys) set(key string, k freshKey) {
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
