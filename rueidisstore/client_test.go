package rueidisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// quick returns options with timeouts of a second, as README.md has them.
func quick(addrs ...string) rueidis.ClientOption {
	dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
	return rueidis.ClientOption{InitAddress: addrs, Dialer: dialer, ConnWriteTimeout: time.Second}
}

func connect(tb testing.TB, opts rueidis.ClientOption) rueidis.Client {
	tb.Helper()
	client, err := rueidis.NewClient(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

// both returns a store, and one that caches.
func both(client rueidis.Client) []*rueidisstore.Store {
	return []*rueidisstore.Store{
		rueidisstore.New(client),
		rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: "cached:", Cache: time.Minute}),
	}
}

// spy keeps the value of the last SET. The client's writer may keep it too after a
// command has failed.
type spy struct {
	rueidis.Client
	value string
}

func (s *spy) Do(ctx context.Context, cmd rueidis.Completed) rueidis.RedisResult {
	s.value = cmd.Commands()[2]
	return s.Client.Do(ctx, cmd)
}

// TestFailedCommitKeepsItsValue: after a Commit that failed, neither its caller
// nor a later Commit changes the bytes that may still be on their way.
func TestFailedCommitKeepsItsValue(t *testing.T) {
	client := connect(t, quick(redistest.Start(t, redistest.Options{}).Addr))
	client.Close()
	spy := &spy{Client: client}
	s := rueidisstore.New(spy)
	b := []byte("first")
	if err := s.Commit("token", b, time.Now().Add(time.Hour)); err == nil {
		t.Fatal("Commit on a closed client = nil")
	}
	first := spy.value
	copy(b, "XXXXX")
	s.Commit("token", []byte("other"), time.Now().Add(time.Hour))
	if first != "first" {
		t.Errorf("the value of the failed SET became %q; want %q", first, "first")
	}
}

// TestTwoPrimaries: while two servers say that they are the primary, All fails.
func TestTwoPrimaries(t *testing.T) {
	t.Parallel()
	primary, replica := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	opts := quick(primary.Addr)
	opts.Standalone.ReplicaAddress = []string{replica.Addr}
	opts.SendToReplicas = func(cmd rueidis.Completed) bool { return cmd.IsReadOnly() }
	if all, err := rueidisstore.New(connect(t, opts)).All(); err == nil {
		t.Errorf("All = %d sessions, nil; want an error", len(all))
	}
}

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
