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
	for _, bm := range benchCases {
		b.Run(bm.name+"/serial", func(b *testing.B) { bm.run(newBench(b, newStore, benchSessions), 1) })
		b.Run(bm.name+"/parallel", func(b *testing.B) { bm.run(newBench(b, newStore, benchSessions), runtime.GOMAXPROCS(0)) })
	}
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("All%d", n), func(b *testing.B) { benchAll(newBench(b, newStore, n)) })
	}
}

// benchSessions is how many sessions there are while Find and Commit are measured.
const benchSessions = 1000

// A benchCase measures a method. tokens returns the tokens of the next n calls, or fewer,
// which the calls use in turn.
type benchCase struct {
	name, method string
	tokens       func(b *bench, n int) []string
}

var benchCases = []benchCase{
	{"FindHit", "Find", func(b *bench, _ int) []string { return b.stored }},
	{"FindMiss", "Find", func(b *bench, _ int) []string { return newTokens(benchSessions) }},
	{"CommitNew", "Commit", func(b *bench, n int) []string {
		b.doAll("Delete", b.added) // otherwise a faster store would have more sessions
		b.added = newTokens(n)
		return b.added
	}},
	{"CommitOverwrite", "Commit", func(b *bench, _ int) []string { return b.stored }},
	{"Delete", "Delete", func(b *bench, n int) []string {
		tokens := newTokens(n)
		b.doAll("Commit", tokens)
		return tokens
	}},
}

type bench struct {
	*testing.B
	api    api
	data   []byte
	expiry time.Time
	stored []string // the tokens of sessions that are there from the beginning
	added  []string // the tokens of those that were committed since
}

func newBench(b *testing.B, newStore func(tb testing.TB) scs.Store, sessions int) *bench {
	store := newStore(b)
	if store == nil {
		b.Fatal("storetest: newStore returned nil")
	}
	b.ReportAllocs()
	n := &bench{
		B: b, api: managerMode.api(store),
		data:   bytes.Repeat([]byte{0xa5}, 256),
		expiry: time.Now().Add(longLifetime),
		stored: newTokens(sessions),
	}
	n.doAll("Commit", n.stored)
	return n
}

func (b *bench) do(method, token string) (result, error) {
	r := b.api.do(b.Context(), call{method: method, token: token, data: b.data, expiry: b.expiry})
	return r, r.err
}

// doAll calls a method for each token, and is not measured.
func (b *bench) doAll(method string, tokens []string) {
	b.Helper()
	b.each(len(tokens), 16, func(i int) error {
		_, err := b.do(method, tokens[i])
		return err
	})
}

// run measures b.N calls, in parts.
func (bm benchCase) run(b *bench, workers int) {
	b.Helper()
	const part = 5000
	hit := bm.name == "FindHit"
	b.ResetTimer()
	for left := b.N; left > 0; left -= part {
		n := min(left, part)
		b.StopTimer()
		tokens := bm.tokens(b, n)
		b.StartTimer()
		b.each(n, workers, func(i int) error {
			r, err := b.do(bm.method, tokens[i%len(tokens)])
			if err == nil && (r.found != hit || hit && len(r.data) != len(b.data)) {
				err = fmt.Errorf("%s = %d bytes, %t, <nil>", b.api.names[bm.method], len(r.data), r.found)
			}
			return err
		})
	}
	b.StopTimer()
}

func benchAll(b *bench) {
	if b.api.all == nil {
		b.Skip("the store has no method All")
	}
	b.ResetTimer()
	b.each(b.N, 1, func(int) error {
		r, err := b.do("All", "")
		if err == nil && len(r.sessions) != len(b.stored) {
			err = fmt.Errorf("%s = %s; want %d", b.api.names["All"], countSessions(r.sessions), len(b.stored))
		}
		return err
	})
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
