// Code generated from rueidisstore/failover_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore_test

import (
	"testing"
	"time"

	"github.com/scsredis/stores/internal/adaptertest"
)

func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelFailover(t, 10*time.Second, openSentinel)
}

func TestClusterFailover(t *testing.T) {
	t.Parallel()
	adaptertest.ClusterFailover(t, 10*time.Second, openCluster)
}

func TestDemotion(t *testing.T) {
	t.Parallel()
	adaptertest.Demotion(t, openCluster) // which finds that it is none
}
