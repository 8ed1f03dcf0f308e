package rueidisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// TestForeignNil: a nil that the client's own functions return while it connects
// is a failure, not a session that is missing.
func TestForeignNil(t *testing.T) {
	adaptertest.Long(t)
	server := redistest.Start(t, redistest.Options{Proxied: true})
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{Proxied: true})
	foreign := fmt.Errorf("password: %w", rueidis.Nil)
	for name, nodes := range map[string][]*redistest.Server{"Single": {server}, "Cluster": cluster.Nodes()} {
		t.Run(name, func(t *testing.T) {
			var failing atomic.Bool
			opts := quick(nodes[0].ClientAddr())
			opts.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (credentials rueidis.AuthCredentials, err error) {
				if failing.Load() {
					err = foreign
				}
				return credentials, err
			}
			stores := both(connect(t, opts))
			for _, s := range stores {
				adaptertest.MustCommit(t, s, "token", "data")
			}
			failing.Store(true)
			for _, node := range nodes {
				node.Proxy.Cut()
			}
			time.Sleep(10 * time.Millisecond)
			for range 3 {
				for _, s := range stores {
					adaptertest.AllAtOnce(t, s, "token", "data", 10*time.Second, func(call string, err error) {
						if !errors.Is(err, foreign) || !strings.Contains(err.Error(), "AuthCredentialsFn") {
							t.Errorf("%s = %v; want an error that names AuthCredentialsFn", call, err)
						}
					})
				}
			}
		})
	}
}

// TestWaitingInLine: a Find that waits for one of few connections ends with its
// context.
func TestWaitingInLine(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	opts := quick(server.Addr)
	opts.DisableAutoPipelining, opts.BlockingPoolSize = true, 1
	s := rueidisstore.New(connect(t, opts))
	adaptertest.WantMissing(t, s, "token")
	resume := server.Pause(t)
	deleted := make(chan error)
	go func() { deleted <- s.Delete("token") }()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, _, err := s.FindCtx(ctx, "token")
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 500*time.Millisecond {
		t.Errorf("FindCtx in line behind a call that hangs = %v after %v; want %v after 100 ms", err, took, context.DeadlineExceeded)
	}
	resume()
	if err := <-deleted; err != nil {
		t.Errorf("Delete = %v", err)
	}
}

// TestConnLifetime: the end of a connection's ConnLifetime causes no error, not even in a
// pipeline to one node.
func TestConnLifetime(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	opts := quick(cluster[0].Addr)
	opts.ConnLifetime = 10 * time.Millisecond
	s := rueidisstore.New(connect(t, opts))
	adaptertest.MustCommit(t, s, "token", "data")
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if all, err := s.All(); len(all) != 1 || err != nil {
			t.Fatalf("All = %d sessions, %v; want 1, <nil>", len(all), err)
		}
	}
}
