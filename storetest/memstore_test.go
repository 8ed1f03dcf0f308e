package storetest_test

import (
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/scsredis/stores/storetest"
)

func TestMemstore(t *testing.T) {
	storetest.Run(t, func(testing.TB) scs.Store { return memstore.NewWithCleanupInterval(0) })
}
