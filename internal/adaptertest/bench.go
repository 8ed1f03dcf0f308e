package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/redistest"
)

const (
	manyGoroutines = 32
	benchSessions  = 1000   // that calls take in turn
	listedSessions = 50_000 // that All reads
	listedSize     = 300
	manySessions   = 1_000_000 // of which one user's are deleted
)

// Bench compares the calls of a store with the bare calls of its client, each on a client
// of its own, on one server. It also measures Commit and Delete with each option for
// logouts. benchstat -col /via shows the comparison.
func Bench(b *testing.B, a Adapter) {
	open := func(b *testing.B, server *redistest.Server, age time.Duration) []way {
		target := a.patient(server)
		bare, err := a.Bare(b, target)
		if err != nil {
			b.Fatal(err)
		}
		target.Cache = age
		return []way{{via: "bare", methods: bareCalls{bare, age}}, {via: "store", methods: a.open(b, target)}}
	}
	benchCalls(b, func(b *testing.B, server *redistest.Server) []way {
		ways := open(b, server, 0)
		for via, set := range map[string]setting{"tombstone": tombstone, "users": users} {
			target := a.patient(server)
			target.Tombstone, target.UserKey = set.tombstone, set.userKey
			ways = append(ways, way{via: via, methods: a.open(b, target), writes: true})
		}
		return ways
	})
	benchDeleteUser(b, a)
	if !a.Cache {
		return
	}
	b.Run("op=CachedFind/size=1KiB/goroutines=1", func(b *testing.B) {
		server := redistest.Start(b, redistest.Options{})
		sessions := fill(b, server, benchSessions, 1<<10)
		eachWay(b, open(b, server, time.Minute), func(b *testing.B, w way) {
			find := func(ctx context.Context, i int) error {
				return w.find(ctx, sessions[i%len(sessions)].token, 1<<10)
			}
			for i := range 3 * len(sessions) { // until all are in the cache, and the store relies on it
				if err := find(b.Context(), i); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := find(b.Context(), i); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// benchDeleteUser benchmarks DeleteUserSessions of a user among many. It should take less
// than 5 ms.
func benchDeleteUser(b *testing.B, a Adapter) {
	b.Run(fmt.Sprintf("op=DeleteUserSessions/sessions=%d/via=users", manySessions), func(b *testing.B) {
		server := redistest.Start(b, redistest.Options{})
		fillUsers(b, server, manySessions, 100, true)
		target := a.patient(server)
		target.UserKey = users.userKey
		s := a.open(b, target)
		s.UserSessions(b.Context(), "nobody") // connects
		user := 0
		for b.Loop() {
			n, err := s.DeleteUserSessions(b.Context(), fmt.Sprintf("user%07d", user))
			if n != sessionsPerUser || err != nil {
				b.Fatalf("DeleteUserSessions = %d, %v; want %d", n, err, sessionsPerUser)
			}
			user++
		}
	})
}

// BenchStores compares stores with the default prefix, by name. open opens them on the
// server at addr.
func BenchStores(b *testing.B, open func(tb testing.TB, addr string) map[string]scs.Store) {
	benchCalls(b, func(b *testing.B, server *redistest.Server) (ways []way) {
		for via, s := range open(b, server.Addr) {
			m, ok := s.(methods)
			if !ok {
				m = withoutContext{s, s.(scs.IterableStore)}
			}
			ways = append(ways, way{via: via, methods: m})
		}
		return ways
	})
}

// benchCalls runs the benchmarks of all ways that open opens on a server.
func benchCalls(b *testing.B, open func(b *testing.B, server *redistest.Server) []way) {
	server := redistest.Start(b, redistest.Options{})
	ways := open(b, server)
	for _, test := range []struct {
		op         string
		size       int
		goroutines int
	}{
		{"Find", 1 << 10, 1}, {"Find", 1 << 10, manyGoroutines}, {"Find", 64 << 10, 1},
		{"Commit", 1 << 10, 1}, {"Commit", 1 << 10, manyGoroutines}, {"Commit", 64 << 10, 1},
		{"Delete", 1 << 10, 1}, {"Delete", 1 << 10, manyGoroutines},
	} {
		b.Run(fmt.Sprintf("op=%s/size=%dKiB/goroutines=%d", test.op, test.size>>10, test.goroutines), func(b *testing.B) {
			eachWay(b, ways, func(b *testing.B, w way) {
				if w.writes && test.op == "Find" {
					b.Skip("it is the same")
				}
				n := benchSessions
				if test.op == "Delete" {
					n = b.N
				}
				sessions := fillUsers(b, server, n, test.size, true)
				data, expiry := make([][]byte, benchSessions), time.Now().Add(time.Hour)
				for i := range data {
					data[i] = []byte(userData(b, i/sessionsPerUser, test.size))
				}
				measure(b, test.goroutines, func(ctx context.Context, i int) error {
					switch token := sessions[i%n].token; test.op {
					case "Find":
						return w.find(ctx, token, len(data[0]))
					case "Commit":
						return w.CommitCtx(ctx, token, data[i%n], expiry)
					default:
						return w.DeleteCtx(ctx, token)
					}
				})
			})
		})
	}
	b.Run(fmt.Sprintf("op=All/sessions=%d", listedSessions), func(b *testing.B) {
		server := redistest.Start(b, redistest.Options{})
		fill(b, server, listedSessions, listedSize)
		eachWay(b, open(b, server), func(b *testing.B, w way) {
			if w.writes {
				b.Skip("it is the same")
			}
			b.ReportAllocs()
			for b.Loop() {
				if all, err := w.AllCtx(b.Context()); len(all) != listedSessions || err != nil {
					b.Fatalf("All = %d sessions, %v; want %d", len(all), err, listedSessions)
				}
			}
		})
	})
}

// eachWay runs a benchmark of each way, in random order: the second one may find the
// machine warmer, or busier.
func eachWay(b *testing.B, ways []way, run func(b *testing.B, w way)) {
	rand.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	for _, w := range ways {
		b.Run("via="+w.via, func(b *testing.B) { run(b, w) })
	}
}

// measure makes b.N calls from this many goroutines. It reports the 99th percentile of
// their durations beside the time for each.
func measure(b *testing.B, goroutines int, call func(ctx context.Context, i int) error) {
	took := make([]time.Duration, b.N)
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for g := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ctx, cancel := context.WithCancel(b.Context()) // like a request's
			defer cancel()
			for i := g * b.N / goroutines; i < (g+1)*b.N/goroutines; i++ {
				start := time.Now()
				if err := call(ctx, i); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		}()
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}

// methods are those of a store that benchmarks call.
type methods interface {
	FindCtx(ctx context.Context, token string) ([]byte, bool, error)
	CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error
	AllCtx(ctx context.Context) (map[string][]byte, error)
}

// way is a way to the sessions on a server: a store, or the client's own calls.
type way struct {
	via string
	methods
	writes bool // benchmark only Commit and Delete
}

// find wants a session with data of this size.
func (w way) find(ctx context.Context, token string, size int) error {
	b, _, err := w.FindCtx(ctx, token)
	if err == nil && len(b) != size {
		err = errors.New("the session was not found, or with other data")
	}
	return err
}

// withoutContext makes methods of those of a store that take no context.
type withoutContext struct {
	scs.Store
	scs.IterableStore
}

func (s withoutContext) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}

func (s withoutContext) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}

func (s withoutContext) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }

func (s withoutContext) AllCtx(context.Context) (map[string][]byte, error) { return s.All() }

// bareCalls are a client's own calls, as an application without the store makes them. If
// age is not zero, they read from the client's cache.
type bareCalls struct {
	Bare
	age time.Duration
}

func (b bareCalls) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	if b.age > 0 {
		data, err = b.CachedGet(ctx, prefix+token, b.age)
	} else {
		data, err = b.Get(ctx, prefix+token)
	}
	return data, err == nil, err
}

func (b bareCalls) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return b.Set(ctx, prefix+token, data, time.Until(expiry))
}

func (b bareCalls) DeleteCtx(ctx context.Context, token string) error {
	return b.Del(ctx, prefix+token)
}

func (b bareCalls) AllCtx(ctx context.Context) (map[string][]byte, error) { return b.List(ctx, prefix) }
