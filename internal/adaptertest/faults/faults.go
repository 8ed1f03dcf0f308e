// Package faults uses a store from many goroutines while it breaks the servers and
// the network between, and judges from what it has recorded whether the store kept
// its promises. It knows no client.
package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/redistest"
)

// Store is the interface of a store that is used and judged.
type Store interface {
	scs.CtxStore
	scs.IterableCtxStore
	Each(ctx context.Context, fn func(token string, b []byte) error) error
	UserSessions(ctx context.Context, user string) (map[string][]byte, error)
	DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error)
}

// System is running servers, and a store on them.
type System struct {
	// Open returns a store over a client of its own, which is closed when tb ends.
	// All waits of the client are one second. With final the store leaves tombstones
	// and has an index of users, by UserKey and Codec.
	Open func(tb testing.TB, final bool) Store

	// Nodes are the servers that hold sessions, started with Options.
	Nodes []*redistest.Server

	// Sentinel and Cluster, if there is one, replace a primary that has not
	// answered for DownAfter.
	Sentinel *redistest.Sentinel
	Cluster  *redistest.Cluster

	// Bound is how long a call may take. A call of several round trips may take two
	// seconds longer, if one of them meets the fault.
	Bound time.Duration

	// Resends says that a change may be sent, and take effect, twice while its call
	// is under way.
	Resends bool

	// LosesConnections says that the client may forget a connection and never close it.
	LosesConnections bool

	// Cache is how long a store may find what another process has changed. If it is not
	// zero, all goroutines use one store.
	Cache time.Duration

	onlyFailovers bool
}

// Options are those of the nodes. A server that is killed keeps what it has
// acknowledged.
var Options = redistest.Options{Proxied: true, Durable: true}

// DownAfter is long enough for a busy machine not to replace a primary by itself.
const DownAfter = 3 * time.Second

const (
	// roundTime is how long faults are injected before what was seen is judged.
	roundTime = 3 * time.Second

	// serviceTime is how soon everything must work after all servers agree again.
	serviceTime = 20 * time.Second

	// steadySessions are more than a page of SCAN, on one server.
	steadySessions = 1500
)

// Report is the result of a run.
type Report struct {
	Faults     map[string]int // that were injected, by name
	Violations map[string]int // by the rule that was broken
	Calls      int
	Errors     int
	Longest    time.Duration // of a call
	Sessions   int           // that were judged
	Unjudged   int           // sessions that take too long to judge
	Twice      int           // sessions whose calls have an order only because a change took effect twice
	Lost       int           // sessions that lost an acknowledged write while a primary was replaced

	tb testing.TB
	mu sync.Mutex
}

func newReport(tb testing.TB) *Report {
	return &Report{Faults: make(map[string]int), Violations: make(map[string]int), tb: tb}
}

// violated fails the test, and shows the first violations of each rule.
func (r *Report) violated(rule, format string, args ...any) {
	const most = 3
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Violations[rule]++; r.Violations[rule] <= most {
		r.tb.Errorf("%s:\n%s", rule, fmt.Sprintf(format, args...))
	}
}

// Run uses the store under faults for about the time d, and until each kind of
// fault has been injected. Violations fail the test and are shown. The same seed
// makes the same faults, but not the same history.
func Run(t *testing.T, s System, d time.Duration, seed uint64) *Report {
	r := newReport(t)
	before := goroutines()
	t.Run("Load", func(t *testing.T) { r.run(t, s, d, seed) })
	r.findLeaks(s, before, leakTime)
	if r.Sessions < 10 || r.Unjudged > r.Sessions/10 {
		t.Errorf("%d sessions were judged, %d not; want more", r.Sessions, r.Unjudged)
	}
	return r
}

// Failovers is Run with the faults that replace a primary, once each. It looks for no
// leaks, so other tests may run meanwhile.
func Failovers(t *testing.T, s System) {
	s.onlyFailovers = true
	newReport(t).run(t, s, 0, 1)
}

func (r *Report) run(t *testing.T, s System, d time.Duration, seed uint64) {
	plain, final := []Store{s.Open(t, false)}, []Store{s.Open(t, true)}
	if s.Cache == 0 {
		plain, final = append(plain, s.Open(t, false)), append(final, s.Open(t, true))
	}
	l := newLoad(t.Context(), r, final, steadySessions, s.Bound)
	in := newInjector(t, s, random(seed, 0), r.Faults)
	in.settle()
	for n, began := uint64(1), time.Now(); time.Since(began) < d || !in.triedAll(); n++ {
		if l.stores, l.final = plain, n%2 == 0; l.final {
			l.stores = final
		}
		r.round(in, l, seed+n)
	}
}

// round puts load on the stores, injects faults, and judges what was seen.
func (r *Report) round(in *injector, l *load, seed uint64) {
	roles, moved := in.roles(), r.Faults["reshard"]
	end := l.start(seed)
	defer end() // also if a fault cannot be injected
	time.Sleep(200 * time.Millisecond)
	w := &window{begin: time.Now()}
	replaced := in.run(roundTime)
	in.settle()
	w.end = time.Now()
	time.Sleep(500 * time.Millisecond)
	end()
	a := allowed{resends: in.Resends, window: w, late: late + in.Cache/10, landed: time.Now()}
	sessions := l.finish(serviceTime)
	// On a busy machine a replica may have taken over without such a fault.
	if !replaced && in.roles() == roles {
		a.window = nil
	}
	if r.Faults["reshard"] > moved {
		a.late = lateMoved
	}
	for _, s := range sessions {
		r.judge(s, a)
	}
}

func random(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }
