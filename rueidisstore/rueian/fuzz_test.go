// Code generated from rueidisstore/fuzz_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore_test

import (
	"testing"

	"github.com/scsredis/stores/internal/adaptertest"
)

func FuzzStore(f *testing.F) { adaptertest.Fuzz(f, openStore) }
