//go:build go1.25

package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
)

// TestLegalStoresSlept is TestLegalStores without Advance, in a bubble of synctest, where
// a sleep takes no time.
func TestLegalStoresSlept(t *testing.T) {
	more := []mutant{
		{name: "20 ms a call", bug: slow(20 * time.Millisecond)},
		{name: "100 ms a call", bug: slow(100 * time.Millisecond)},
		{name: "1 s a call", bug: slow(time.Second)},
		{name: "5 s a call", bug: slow(5 * time.Second)},
		{name: "counts a lifetime from when a slow Commit arrives", bug: on("Commit", func(r request, next handler) reply {
			late := time.Duration(rand.IntN(900)) * time.Millisecond
			time.Sleep(late)
			r.expiry = r.expiry.Add(late)
			return next(r)
		})},
		{name: "memstore", as: func(*memory) scs.Store { return memstore.NewWithCleanupInterval(0) }},
	}
	for _, l := range slices.Concat(legal, legalFaults, more) {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ms := l.memories()
				opts := ms.options(false)
				if l.name == "memstore" {
					opts = nil // two memstores cannot share sessions
				}
				start := time.Now()
				for name, report := range failedChecks(t, ms.open, opts) {
					t.Errorf("%s fails:\n%s", name, report)
				}
				t.Logf("%v if nothing runs in parallel", time.Since(start).Round(time.Millisecond))
			})
		})
	}
}

// TestMutants runs all mutants with Advance and without it, in a bubble of synctest: a
// sleep takes no time, and the clock stands still while code runs.
func TestMutants(t *testing.T) {
	for _, mu := range mutants {
		for _, advance := range []bool{true, false} {
			if mu.advancedOnly && !advance {
				continue
			}
			t.Run(fmt.Sprintf("%s/Advance=%t", mu.name, advance), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					mu.wantFailures(t, advance)
					time.Sleep(2 * forever) // until calls that hang have ended
				})
			})
		}
	}
}
