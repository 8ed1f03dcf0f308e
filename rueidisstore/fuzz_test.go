package rueidisstore_test

import (
	"testing"

	"github.com/scsredis/stores/internal/adaptertest"
)

func FuzzStore(f *testing.F) { adaptertest.Fuzz(f, openStore) }
