package adaptertest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// SentinelFailover checks a store in use on a primary that sentinels look after:
// it is killed, and the one in its place paused. open returns a store on the
// primary that the sentinels at addrs call redistest.SentinelName; bound is how
// long a call may take.
func SentinelFailover(t *testing.T, bound time.Duration, open func(tb testing.TB, addrs []string) Store) {
	s := redistest.StartSentinel(t, redistest.Options{}, 2*time.Second)
	f := startFailover(t, bound, open, s.Addrs(), s.Servers)
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
	f.end(t)
}

// ClusterFailover checks a store in use on a Cluster whose primaries have
// replicas: one primary is killed, and another paused. open returns a store on
// the cluster that has a node at each of addrs; bound is how long a call may take.
func ClusterFailover(t *testing.T, bound time.Duration, open func(tb testing.TB, addrs []string) Store) {
	c := redistest.StartReplicatedCluster(t, redistest.Options{Args: []string{"--cluster-node-timeout", "2000"}})
	f := startFailover(t, bound, open, c.Addrs(), c.Nodes())
	c.Primaries[0].Stop(t)
	waitForPrimary(t, c.Replicas[0])
	f.wantService(t, "killed")
	resume := c.Primaries[1].Pause(t)
	waitForPrimary(t, c.Replicas[1])
	f.wantService(t, "paused")
	resume()
	waitInStep(t, c.Replicas[1], c.Primaries[1])
	f.wantService(t, "resumed")
	f.end(t)
}

// failover is a store in use while primaries fail. It lists through a client of
// its own, because one that lists may hear of a new primary by that.
type failover struct {
	store    Store
	listing  Store
	bound    time.Duration
	sessions map[string]string // that all replicas have

	stop    chan struct{}
	workers sync.WaitGroup
	calls   atomic.Int64
	errors  atomic.Int64
	longest atomic.Int64 // nanoseconds that a call has taken
	lost    atomic.Int64 // what a primary had acknowledged, and its replica not received
}

// startFailover commits sessions, waits until the replicas have them, and starts
// to use the store.
func startFailover(t *testing.T, bound time.Duration, open func(testing.TB, []string) Store, addrs []string, servers []*redistest.Server) *failover {
	t.Helper()
	f := &failover{store: open(t, addrs), listing: open(t, addrs), bound: bound, stop: make(chan struct{})}
	f.sessions = commitMany(t, f.store, 300)
	for _, primary := range servers {
		for _, replica := range servers {
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
	t.Cleanup(func() { f.end(t) })
	return f
}

// end ends the use of the store.
func (f *failover) end(t *testing.T) {
	select {
	case <-f.stop:
		return
	default:
	}
	close(f.stop)
	f.workers.Wait()
	t.Logf("%d calls of at most %v, %d of them errors; %d writes lost",
		f.calls.Load(), time.Duration(f.longest.Load()), f.errors.Load(), f.lost.Load())
}

// call makes a call, which has to end in time, and reports whether it was no error.
func (f *failover) call(t *testing.T, name string, call func() error) bool {
	t.Helper()
	start := time.Now()
	err := call()
	took := time.Since(start)
	if took > f.bound {
		t.Errorf("%s took %v; want at most %v: %v", name, took, f.bound, err)
	}
	for {
		longest := f.longest.Load()
		if int64(took) <= longest || f.longest.CompareAndSwap(longest, int64(took)) {
			break
		}
	}
	f.calls.Add(1)
	if err != nil {
		f.errors.Add(1)
	}
	return err == nil
}

// find wants the sessions that live, or errors.
func (f *failover) find(t *testing.T) {
	for token, data := range f.sessions {
		f.call(t, "Find", func() error {
			b, found, err := f.store.Find(token)
			if err == nil && (!found || string(b) != data) || err != nil && (found || b != nil) {
				t.Errorf("Find = %q, %v, %v; want %q, or an error", b, found, err, data)
			}
			return err
		})
		return // maps begin anywhere
	}
}

// write sees a session through.
func (f *failover) write(t *testing.T) {
	token := newToken()
	find := func(want bool) {
		f.call(t, "Find", func() error {
			b, found, err := f.store.Find(token)
			if found && string(b) != "data" {
				t.Errorf("Find = %q; want data", b)
			}
			if err == nil && found != want {
				f.lost.Add(1)
			}
			return err
		})
	}
	if f.call(t, "Commit", func() error { return f.store.Commit(token, []byte("data"), time.Now().Add(time.Hour)) }) {
		find(true)
	}
	if f.call(t, "Delete", func() error { return f.store.Delete(token) }) {
		find(false)
	}
}

// list wants all sessions that live, or errors.
func (f *failover) list(t *testing.T) {
	f.call(t, "All", func() error {
		all, err := f.listing.All()
		if missing := f.missing(asStrings(all)); err == nil && missing > 0 || err != nil && all != nil {
			t.Errorf("All = %d sessions without %d of those that live, %v; want all, or an error", len(all), missing, err)
		}
		return err
	})
	f.call(t, "Each", func() error {
		seen := make(map[string]string)
		err := f.listing.Each(t.Context(), func(token string, b []byte) error {
			seen[token] = string(b)
			return nil
		})
		if missing := f.missing(seen); err == nil && missing > 0 {
			t.Errorf("Each showed %d sessions without %d of those that live; want all, or an error", len(seen), missing)
		}
		return err
	})
}

// missing counts the sessions that live and are not in all.
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
	for err := f.use(); err != nil; err = f.use() {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%s: no service 20 s after there was a primary: %v", fault, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
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

// follows reports whether replica is one of primary.
func follows(t *testing.T, replica, primary *redistest.Server) bool {
	t.Helper()
	_, port, _ := strings.Cut(primary.Addr, ":")
	return replica != primary && replica.Info(t, "replication", "master_port") == port
}

// waitInStep waits until replica is one of primary and has all that primary has
// now.
func waitInStep(t *testing.T, primary, replica *redistest.Server) {
	t.Helper()
	offset := func(s *redistest.Server, field string) int {
		n, _ := strconv.Atoi(s.Info(t, "replication", field))
		return n
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if follows(t, replica, primary) && replica.Info(t, "replication", "master_link_status") == "up" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a replica does not follow its primary")
		}
	}
	want := offset(primary, "master_repl_offset")
	for deadline := time.Now().Add(30 * time.Second); offset(replica, "slave_repl_offset") < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a replica does not get in step with its primary")
		}
	}
}

// waitForPrimary waits until s is a primary.
func waitForPrimary(t *testing.T, s *redistest.Server) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); s.Info(t, "replication", "role") != "master"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a replica has not taken the place of its primary")
		}
	}
}
