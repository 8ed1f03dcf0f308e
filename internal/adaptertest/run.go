package adaptertest

import "testing"

// Run checks the rules that storetest cannot ask of stores that are not on Redis, on
// one real server. Variants of the client are checked too, but not under -short.
func Run(t *testing.T, a Adapter) {
	runOn(t, a)
	for _, topology := range a.Topologies {
		if topology.Kind == Standalone && topology.Variant {
			t.Run(topology.Name, func(t *testing.T) {
				long(t)
				variant := a
				variant.Topologies = []Topology{topology}
				runOn(t, variant)
			})
		}
	}
}

// runOn is Run on the first topology.
func runOn(t *testing.T, a Adapter) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Adapter)
	}{
		{"RoundTrips", testRoundTrips},
		{"Expiry", testExpiry},
		{"MalformedTokens", testMalformedTokens},
		{"EmptyToken", testEmptyToken},
		{"Prefixes", testPrefixes},
		{"OwnSlices", testOwnSlices},
		{"Cancelled", testCancelled},
		{"Unix", testUnix},
		{"Rotation", testRotation},
		{"TLS", testTLS},
		{"AllMany", testAllMany},
		{"AllRestart", testAllRestart},
		{"AllForeign", testAllForeign},
		{"Each", testEach},
		{"Down", testDown},
		{"Hung", testHung},
		{"Refused", testRefused},
		{"Broken", testBroken},
		{"ErrorReplies", testErrorReplies},
		{"BadReplies", testBadReplies},
		{"SCS", testSCS},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, a)
		})
	}
}
