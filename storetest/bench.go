package storetest

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Bench measures the stores that newStore makes. The sub-benchmarks are the same for
// every store, so that benchstat can compare two stores:
//
//	func BenchmarkStore(b *testing.B) { storetest.Bench(b, newStore) }
//
// FindHit, FindMiss, CommitNew, CommitOverwrite and Delete run as serial, with one call
// at a time, and as parallel, with GOMAXPROCS calls at a time. All100 and All10000 list
// 100 and 10,000 sessions; they are skipped if the store has no All. A session has 256
// bytes. Like scs, Bench calls the methods with a context if the store has them. The
// reported time and allocations are of these calls only.
//
// Each call of newStore must return a store over an empty keyspace of its own, as
// for [Run].
func Bench(b *testing.B, newStore func(tb testing.TB) scs.Store) {
	if newStore == nil {
		b.Fatal("storetest: newStore is nil")
	}
	for _, bm := range []struct {
		name string
		run  func(b *bench, workers int)
	}{
		{"FindHit", benchFindHit},
		{"FindMiss", benchFindMiss},
		{"CommitNew", benchCommitNew},
		{"CommitOverwrite", benchCommitOverwrite},
		{"Delete", benchDelete},
	} {
		b.Run(bm.name+"/serial", func(b *testing.B) { bm.run(newBench(b, newStore), 1) })
		b.Run(bm.name+"/parallel", func(b *testing.B) { bm.run(newBench(b, newStore), runtime.GOMAXPROCS(0)) })
	}
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("All%d", n), func(b *testing.B) { benchAll(newBench(b, newStore), n) })
	}
}

type bench struct {
	*testing.B
	api    api
	data   []byte
	expiry time.Time
}

func newBench(b *testing.B, newStore func(tb testing.TB) scs.Store) *bench {
	store := newStore(b)
	if store == nil {
		b.Fatal("storetest: newStore returned nil")
	}
	b.ReportAllocs()
	return &bench{
		B: b, api: managerMode.api(store),
		data:   bytes.Repeat([]byte{0xa5}, 256),
		expiry: time.Now().Add(longLifetime),
	}
}

// benchSessions is how many sessions there are while Find and Commit are measured.
const benchSessions = 1000

func benchFindHit(b *bench, workers int) {
	tokens := newTokens(benchSessions)
	b.commitAll(tokens)
	b.measure(workers, func(i int) error {
		data, found, err := b.api.find(b.Context(), tokens[i%len(tokens)])
		if err == nil && (!found || len(data) != len(b.data)) {
			err = fmt.Errorf("%s = %d bytes, %t, <nil>; want %d bytes, true, nil", b.api.findName, len(data), found, len(b.data))
		}
		return err
	})
}

func benchFindMiss(b *bench, workers int) {
	b.commitAll(newTokens(benchSessions))
	missing := newTokens(benchSessions)
	b.measure(workers, func(i int) error {
		_, found, err := b.api.find(b.Context(), missing[i%len(missing)])
		if err == nil && found {
			err = fmt.Errorf("%s found a token that was never committed", b.api.findName)
		}
		return err
	})
}

func benchCommitNew(b *bench, workers int) {
	b.commitAll(newTokens(benchSessions))
	var tokens []string
	b.measureParts(workers, func(n int) {
		b.deleteAll(tokens) // otherwise a faster store would have more sessions
		tokens = newTokens(n)
	}, func(i int) error { return b.api.commit(b.Context(), tokens[i], b.data, b.expiry) })
}

func benchCommitOverwrite(b *bench, workers int) {
	tokens := newTokens(benchSessions)
	b.commitAll(tokens)
	b.measure(workers, func(i int) error {
		return b.api.commit(b.Context(), tokens[i%len(tokens)], b.data, b.expiry)
	})
}

func benchDelete(b *bench, workers int) {
	b.commitAll(newTokens(benchSessions))
	var tokens []string
	b.measureParts(workers, func(n int) {
		tokens = newTokens(n)
		b.commitAll(tokens)
	}, func(i int) error { return b.api.delete(b.Context(), tokens[i]) })
}

func benchAll(b *bench, n int) {
	if b.api.all == nil {
		b.Skip("the store has no method All")
	}
	b.commitAll(newTokens(n))
	b.measure(1, func(int) error {
		sessions, err := b.api.all(b.Context())
		if err == nil && len(sessions) != n {
			err = fmt.Errorf("%s = %s; want %d", b.api.allName, countSessions(sessions), n)
		}
		return err
	})
}

func (b *bench) commitAll(tokens []string) {
	b.Helper()
	b.each(len(tokens), 16, func(i int) error { return b.api.commit(b.Context(), tokens[i], b.data, b.expiry) })
}

func (b *bench) deleteAll(tokens []string) {
	b.Helper()
	b.each(len(tokens), 16, func(i int) error { return b.api.delete(b.Context(), tokens[i]) })
}

// measure measures b.N calls of f.
func (b *bench) measure(workers int, f func(i int) error) {
	b.Helper()
	b.ResetTimer()
	b.each(b.N, workers, f)
	b.StopTimer()
}

// measureParts measures b.N calls of f in parts. It calls prepare before each.
func (b *bench) measureParts(workers int, prepare func(n int), f func(i int) error) {
	b.Helper()
	const part = 5000
	b.ResetTimer()
	for left := b.N; left > 0; left -= part {
		n := min(left, part)
		b.StopTimer()
		prepare(n)
		b.StartTimer()
		b.each(n, workers, f)
	}
	b.StopTimer()
}

// each calls f for the numbers below n, with this many workers.
func (b *bench) each(n, workers int, f func(i int) error) {
	b.Helper()
	if workers == 1 {
		for i := range n {
			if err := f(i); err != nil {
				b.Fatal(err)
			}
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
}
