// Code generated from rueidisstore/cache_topology_test.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore/rueian"
)

// cachedBriefly makes sessions be cached, written and cached again while slots
// move and primaries fail.
var cachedBriefly = rueidisstore.Options{Cache: 20 * time.Millisecond}

func openCachedCluster(tb testing.TB, addrs []string) adaptertest.Store {
	return openNodes(tb, addrs, "", cachedBriefly)
}

func TestCacheMigration(t *testing.T) {
	t.Parallel()
	adaptertest.Migration(t, openCachedCluster)
}

func TestCacheHalfway(t *testing.T) {
	t.Parallel()
	adaptertest.Halfway(t, openCachedCluster)
}

func TestCacheClusterFailover(t *testing.T) {
	t.Parallel()
	adaptertest.ClusterFailover(t, 10*time.Second, openCachedCluster)
}

func TestCacheSentinelFailover(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelFailover(t, 10*time.Second, func(tb testing.TB, addrs []string) adaptertest.Store {
		return openNodes(tb, addrs, redistest.SentinelName, cachedBriefly)
	})
}

// TestCachePrivileges: without any of the permissions, the client cannot be made,
// or sessions are not cached, or nobody says that they have changed.
func TestCachePrivileges(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	adaptertest.Privileges(t, "README.md", "Cache", []*redistest.Server{server}, func(tb testing.TB) (adaptertest.Store, error) {
		client, err := rueidis.NewClient(privileged([]string{server.Addr}))
		if err != nil {
			return nil, err
		}
		tb.Cleanup(client.Close)
		store := rueidisstore.NewWithOptions(client, rueidisstore.Options{Cache: time.Hour})
		if err := tracked(tb, server, store); err != nil {
			return nil, err
		}
		return store, nil
	})
}

// tracked returns an error if what is found is not cached, or still found after
// it has been deleted.
func tracked(tb testing.TB, server *redistest.Server, s *rueidisstore.Store) error {
	const token = "tracked"
	server.Do(tb, "SET", "scs:session:"+token, "data", "EX", "3600")
	defer server.Do(tb, "DEL", "scs:session:"+token)
	find := func() (bool, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, found, err := s.FindCtx(ctx, token)
		return found, err
	}
	for range 2 { // the first on a connection is not cached
		if found, err := find(); !found || err != nil {
			return fmt.Errorf("find = %v, %w", found, err)
		}
	}
	var err error
	if commands := server.Commands(tb, func() { _, err = find() }); commands["get"] != 0 || err != nil {
		return fmt.Errorf("the third find sent %v, %w", commands, err)
	}
	server.Do(tb, "DEL", "scs:session:"+token)
	for deadline := time.Now().Add(time.Second); ; time.Sleep(time.Millisecond) {
		found, err := find()
		switch {
		case err != nil:
			return err
		case !found:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("found for a second after it had been deleted")
		}
	}
}
