package adaptertest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testFailover: while a store is in use, a primary is killed, and another one
// paused. Replicas take their places.
func testFailover(t *testing.T, p pair) {
	servers := StartServers(t, p.topology.Kind, redistest.Options{}, 2*time.Second)
	f := startFailover(t, p, servers)
	if servers.Sentinel != nil {
		failSentinel(t, f, servers.Sentinel)
	} else {
		failCluster(t, f, servers.Cluster)
	}
	f.end()
}

func failSentinel(t *testing.T, f *failover, s *redistest.Sentinel) {
	first := s.Primary(t)
	first.Stop(t)
	second := s.PrimaryAfter(t, first)
	f.wantService(t, "killed")
	var third *redistest.Server
	for _, server := range s.Servers {
		if server != first && server != second {
			third = server
		}
	}
	waitInStep(t, second, third)
	resume := second.Pause(t)
	if got := s.PrimaryAfter(t, second); got != third {
		t.Fatalf("the primary is %s; want %s", got.Addr, third.Addr)
	}
	f.wantService(t, "paused")
	resume()
	waitInStep(t, third, second)
	f.wantService(t, "resumed")
}

func failCluster(t *testing.T, f *failover, c *redistest.Cluster) {
	c.Primaries[0].Stop(t)
	waitForPrimary(t, c.Replicas[0])
	f.wantService(t, "killed")
	resume := c.Primaries[1].Pause(t)
	waitForPrimary(t, c.Replicas[1])
	f.wantService(t, "paused")
	resume()
	waitInStep(t, c.Replicas[1], c.Primaries[1])
	f.wantService(t, "resumed")
}

// failover is a store in use while primaries fail. It lists through a client of its own,
// because a listing may tell a client of a new primary.
type failover struct {
	store    Store
	listing  Store
	bound    time.Duration
	sessions map[string]string // that all replicas have

	stop    chan struct{}
	workers sync.WaitGroup
	end     func() // stops the workers
	calls   atomic.Int64
	errors  atomic.Int64
}

// startFailover commits sessions, waits until the replicas have them, and starts
// to use the store.
func startFailover(t *testing.T, p pair, servers *Servers) *failover {
	t.Helper()
	target := p.on(servers)
	f := &failover{
		store: p.open(t, target), listing: p.open(t, target), bound: p.topology.Bound, stop: make(chan struct{}),
	}
	f.sessions = commitMany(t, f.store, 300)
	for _, primary := range servers.Nodes {
		for _, replica := range servers.Nodes {
			if follows(t, replica, primary) {
				waitInStep(t, primary, replica)
			}
		}
	}
	for _, work := range []func(*testing.T){f.find, f.find, f.write, f.write, f.list} {
		f.workers.Add(1)
		go func() {
			defer f.workers.Done()
			for {
				select {
				case <-f.stop:
					return
				case <-time.After(time.Millisecond):
					work(t)
				}
			}
		}()
	}
	f.end = sync.OnceFunc(func() {
		close(f.stop)
		f.workers.Wait()
		t.Logf("%d calls, %d of them errors", f.calls.Load(), f.errors.Load())
	})
	t.Cleanup(f.end)
	return f
}

// call makes a call, which has to end in time, and reports whether it succeeded.
func (f *failover) call(t *testing.T, name string, call func() error) bool {
	t.Helper()
	err := inTime(t, f.bound, name, call)
	f.calls.Add(1)
	if err != nil {
		f.errors.Add(1)
	}
	return err == nil
}

// find wants one of the sessions from Find, or an error.
func (f *failover) find(t *testing.T) {
	for token, data := range f.sessions {
		f.call(t, "Find", func() error {
			b, found, err := f.store.Find(token)
			if err == nil && (!found || string(b) != data) || err != nil && (found || b != nil) {
				t.Errorf("Find = %q, %v, %v; want %q, or an error", b, found, err, data)
			}
			return err
		})
		return // one is enough: a map begins anywhere
	}
}

// write commits, finds and deletes a session. Redis may lose acknowledged writes
// meanwhile.
func (f *failover) write(t *testing.T) {
	token := newToken()
	find := func() error {
		b, found, err := f.store.Find(token)
		if found && string(b) != "data" {
			t.Errorf("Find = %q; want data", b)
		}
		return err
	}
	f.call(t, "Commit", func() error { return f.store.Commit(token, []byte("data"), time.Now().Add(time.Hour)) })
	f.call(t, "Find", find)
	f.call(t, "Delete", func() error { return f.store.Delete(token) })
	f.call(t, "Find", find)
}

// list wants all of the sessions from each listing, or an error.
func (f *failover) list(t *testing.T) {
	for name, list := range Listings(t.Context(), f.listing) {
		f.call(t, name, func() error {
			all, err := list()
			if missing := f.missing(all); err == nil && missing > 0 {
				t.Errorf("%s = %d sessions without %d of those that live; want all, or an error", name, len(all), missing)
			}
			return err
		})
	}
}

// missing counts the sessions that are not in all.
func (f *failover) missing(all map[string]string) int {
	n := 0
	for token, data := range f.sessions {
		if all[token] != data {
			n++
		}
	}
	return n
}

// wantService waits until everything works again, now that there is a primary.
func (f *failover) wantService(t *testing.T, fault string) {
	t.Helper()
	start := time.Now()
	redistest.WaitFor(t, fault+": service with a new primary", f.use)
	t.Logf("%s: service %v after there was a primary", fault, time.Since(start))
}

// use uses every session, and every method.
func (f *failover) use() error {
	for token, data := range f.sessions {
		if b, found, err := f.store.Find(token); string(b) != data || !found || err != nil {
			return fmt.Errorf("find: %q, %v, %w", b, found, err)
		}
		if err := f.store.Commit(token, []byte(data), time.Now().Add(time.Hour)); err != nil {
			return err
		}
	}
	if err := f.store.Delete(newToken()); err != nil {
		return err
	}
	all, err := f.listing.All()
	if n := f.missing(asStrings(all)); n > 0 && err == nil {
		err = fmt.Errorf("all: %d sessions missing", n)
	}
	return err
}
