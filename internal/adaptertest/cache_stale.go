package adaptertest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// finds is the least number of Finds of testCacheOwnWrites.
const finds = 50_000

// written is a session whose data counts its versions. Every fifth version is a deletion.
type written struct {
	token   string
	rest    time.Duration // the least time between a write and the next
	writing sync.Mutex
	due     time.Time    // when the next write may be
	begun   atomic.Int64 // the last version whose write has begun
	known   atomic.Int64 // the last version that a returned write or Find has shown
}

// write makes the next write if it is due, and reports whether it was.
func (w *written) write(s Store) (bool, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	if time.Now().Before(w.due) {
		return false, nil
	}
	version := w.begun.Add(1)
	var err error
	if version%5 == 0 {
		err = s.Delete(w.token)
	} else {
		err = s.Commit(w.token, strconv.AppendInt(nil, version, 10), time.Now().Add(time.Hour))
	}
	w.know(version)
	w.due = time.Now().Add(w.rest)
	return true, err
}

func (w *written) know(version int64) {
	for known := w.known.Load(); known < version && !w.known.CompareAndSwap(known, version); known = w.known.Load() {
	}
}

// stale reports whether a Find returned a version that had been replaced before it began.
func (w *written) stale(s Store) (bool, error) {
	known := w.known.Load()
	b, found, err := s.Find(w.token)
	if err != nil {
		return false, err
	}
	if !found {
		return (known+4)/5*5 > w.begun.Load(), nil // true if no version since known deletes it
	}
	version, err := strconv.ParseInt(string(b), 10, 64)
	w.know(version)
	return version < known, err
}

// testCacheOwnWrites: a Find sees what was committed, deleted or found before it began.
func testCacheOwnWrites(t *testing.T, a Adapter) {
	for _, age := range []time.Duration{2 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(age.String(), func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{})
			s := a.openCached(t, server, age)
			sessions := make([]*written, 32)
			for i := range sessions {
				sessions[i] = &written{token: fmt.Sprint("token", i)}
				if i%2 == 0 { // the cache is asked again one age after a write
					sessions[i].rest = 3 * age
				}
			}
			const goroutines = 8
			var made, stale, writes atomic.Int64
			end := time.Now().Add(10 * age)
			use := func() error {
				w := sessions[rand.IntN(len(sessions))]
				if rand.IntN(50) == 0 {
					wrote, err := w.write(s)
					if err != nil {
						return fmt.Errorf("write: %w", err)
					}
					if wrote {
						writes.Add(1)
					}
				}
				made.Add(1)
				old, err := w.stale(s)
				if old {
					stale.Add(1)
				}
				return err
			}
			commands := server.Commands(t, func() {
				together(goroutines, func(int) {
					for i := 0; i < finds/goroutines || time.Now().Before(end); i++ {
						if err := use(); err != nil {
							t.Error(err)
							return
						}
					}
				})
			})
			t.Logf("%d Finds, %d writes, %d GETs: %d stale", made.Load(), writes.Load(), commands["get"], stale.Load())
			if stale.Load() != 0 {
				t.Errorf("%d of %d Finds were stale; want 0", stale.Load(), made.Load())
			}
			// A read that takes longer than a tenth of age is not cached. If that is 0.2
			// ms, a slow machine may cache none.
			if age > 10*time.Millisecond && int64(commands["get"]) >= made.Load() {
				t.Errorf("%d GETs for %d Finds; want some from the cache", commands["get"], made.Load())
			}
		})
	}
}

// testCacheStaleness: what another process commits is seen after at most Cache,
// whatever happens to the connection that brings the news. It reports how long
// that takes otherwise.
func testCacheStaleness(t *testing.T, a Adapter) {
	Long(t)
	const age = 500 * time.Millisecond
	server := redistest.Start(t, redistest.Options{Proxied: true})
	other := a.open(t, a.at(server.Addr)) // not by the proxy
	for _, fault := range []struct {
		name   string
		rounds int
		begin  func()
	}{
		{"None", 500, func() {}},
		{"Delay", 3, func() { server.Proxy.Delay(100 * time.Millisecond) }},
		{"Stall", 1, func() { server.Proxy.Stall(0) }},
		{"Cut", 20, server.Proxy.Cut},
		{"Refuse", 1, server.Proxy.Refuse},
	} {
		t.Run(fault.name, func(t *testing.T) {
			s := a.openCached(t, server, age)
			var took []time.Duration
			for i := range fault.rounds {
				before, after := fmt.Sprint(i), fmt.Sprint(i, " more")
				MustCommit(t, other, "token", before)
				redistest.Poll(t, "the session is seen", func() bool { b, _, _ := s.Find("token"); return string(b) == before })
				s.Find("token")
				fault.begin()
				MustCommit(t, other, "token", after)
				changed := time.Now()
				var stale time.Duration
				for {
					start := time.Now()
					b, found, err := s.Find("token")
					if err == nil && string(b) == after {
						break
					}
					if err == nil {
						stale = time.Since(changed)
					}
					if sinceChanged := start.Sub(changed); err == nil && sinceChanged > age {
						t.Fatalf("Find, %v after the Commit = %q, %v; want %q", sinceChanged, b, found, after)
					} else if sinceChanged > 2*age {
						server.Proxy.Heal()
					}
				}
				server.Proxy.Heal()
				took = append(took, stale)
			}
			slices.Sort(took)
			t.Logf("last stale Find of %d changes, after the Commit: p50 %v, p99 %v, max %v",
				len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
		})
	}
}
