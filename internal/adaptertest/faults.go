package adaptertest

import "testing"

// Faults checks histories of calls on every topology while servers and the network
// fail.
func Faults(t *testing.T, a Adapter) {
	long(t)
}
