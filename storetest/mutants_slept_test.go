//go:build go1.25

package storetest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
)

// TestMutantsSlept is TestMutants without Advance. The sleeping is done in a
// bubble, where it takes no time and the clock stands still while code runs.
func TestMutantsSlept(t *testing.T) {
	for _, mu := range mutants {
		if mu.advancedOnly {
			continue
		}
		t.Run(mu.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ms := mu.memories()
				onFullSecond := func(tb testing.TB) scs.Store {
					time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
					return ms.open(tb)
				}
				mu.wantFailures(t, onFullSecond, ms.options()...)
				time.Sleep(2 * forever) // for calls that hang to end
			})
		})
	}
}
