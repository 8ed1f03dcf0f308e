package adaptertest

import "testing"

// Bench compares the calls of a store with the bare calls of its client, on one
// server.
func Bench(b *testing.B, a Adapter) {}
