package goredisstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

func TestSentinelPrivileges(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelPrivileges(t, "README.md", "Sentinel", func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
		client := redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: redistest.SentinelName, SentinelAddrs: addrs,
			Username: adaptertest.User, Password: adaptertest.Password,
			SentinelUsername: adaptertest.User, SentinelPassword: adaptertest.Password,
			DialTimeout: time.Second, ReadTimeout: time.Second,
		})
		tb.Cleanup(func() { client.Close() })
		return goredisstore.New(client), nil
	})
}

func TestClusterPrivileges(t *testing.T) {
	for setting, readOnly := range map[string]bool{"Cluster": false, "Cluster with ReadOnly": true} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			var unneeded []string
			if strings.HasPrefix(redis.Version(), "9.14.") && !readOnly {
				unneeded = []string{"command"}
			}
			adaptertest.ClusterPrivilegesOf(t, "README.md", setting, func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
				client := redis.NewClusterClient(&redis.ClusterOptions{
					Addrs: addrs, Username: adaptertest.User, Password: adaptertest.Password, ReadOnly: readOnly,
					DialTimeout: time.Second, ReadTimeout: time.Second,
				})
				tb.Cleanup(func() { client.Close() })
				return goredisstore.New(client), nil
			}, unneeded...)
		})
	}
}

func TestRingPrivileges(t *testing.T) {
	t.Parallel()
	nodes, addrs := make([]*redistest.Server, 3), make(map[string]string)
	for i := range nodes {
		nodes[i] = redistest.Start(t, redistest.Options{})
		addrs[fmt.Sprint("shard", i)] = nodes[i].Addr
	}
	adaptertest.Privileges(t, "README.md", "Ring", nodes, func(tb testing.TB) (adaptertest.Store, error) {
		for _, node := range nodes {
			node.Do(tb, "CONFIG", "RESETSTAT")
		}
		ring := redis.NewRing(&redis.RingOptions{
			Addrs: addrs, Username: adaptertest.User, Password: adaptertest.Password,
			HeartbeatFrequency: 10 * time.Millisecond,
		})
		tb.Cleanup(func() { ring.Close() })
		// It gives up a shard that has failed three heartbeats.
		for _, node := range nodes {
			for deadline := time.Now().Add(20 * time.Second); heartbeats(tb, node) < 5; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					tb.Fatal("the ring sends no heartbeats")
				}
			}
		}
		return goredisstore.New(ring), nil
	})
}

// heartbeats returns how many PINGs the server has answered or refused.
func heartbeats(tb testing.TB, node *redistest.Server) int {
	var calls, rejected int
	var total, each float64
	fmt.Sscanf(node.Info(tb, "commandstats", "cmdstat_ping"), "calls=%d,usec=%f,usec_per_call=%f,rejected_calls=%d",
		&calls, &total, &each, &rejected)
	return calls + rejected
}
