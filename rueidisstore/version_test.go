package rueidisstore_test

import (
	"context"
	"crypto/tls"
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

// TestForeignNil: a nil that the client's own functions return while it connects
// is a failure, not a session that is missing.
func TestForeignNil(t *testing.T) {
	adaptertest.Long(t)
	server := redistest.Start(t, redistest.Options{Proxied: true})
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{Proxied: true})
	for name, addrs := range map[string][]string{"Single": {server.ClientAddr()}, "Cluster": cluster.Addrs()} {
		for kind, foreign := range map[string]error{
			"Nil":     rueidis.Nil,
			"Wrapped": fmt.Errorf("password: %w", rueidis.Nil),
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				var failing atomic.Bool
				opts := quick(addrs...)
				opts.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
					if failing.Load() {
						return rueidis.AuthCredentials{}, foreign
					}
					return rueidis.AuthCredentials{}, nil
				}
				client := connect(t, opts)
				plain := rueidisstore.New(client)
				cached := rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: "cached:", Cache: time.Minute})
				for _, s := range []*rueidisstore.Store{plain, cached} {
					if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
						t.Fatal(err)
					}
				}
				failing.Store(true)
				server.Proxy.Cut()
				for _, node := range cluster.Nodes() {
					node.Proxy.Cut()
				}
				time.Sleep(10 * time.Millisecond)
				for range 3 {
					for name, call := range map[string]func() error{
						"Find":        func() error { _, _, err := plain.Find("token"); return err },
						"Find cached": func() error { _, _, err := cached.Find("token"); return err },
						"Commit":      func() error { return plain.Commit("token", nil, time.Now().Add(time.Hour)) },
						"Delete":      func() error { return plain.Delete("other") },
						"All":         func() error { _, err := plain.All(); return err },
						"Each": func() error {
							return plain.Each(context.Background(), func(string, []byte) error { return nil })
						},
					} {
						if err := call(); !errors.Is(err, foreign) || !strings.Contains(err.Error(), "AuthCredentialsFn") {
							t.Errorf("%s = %v; want an error that names AuthCredentialsFn", name, err)
						}
					}
				}
			})
		}
	}
}

// TestUnknownEndpoint: where a Cluster's redirections name no host, a dialer that
// puts it in is enough.
func TestUnknownEndpoint(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{
		Args: []string{"--cluster-preferred-endpoint-type", "unknown-endpoint"},
	})
	var mended atomic.Int64
	opts := quick(cluster.Addrs()...)
	opts.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
		if strings.HasPrefix(addr, ":") {
			mended.Add(1)
			addr = "127.0.0.1" + addr
		}
		return dialer.DialContext(ctx, "tcp", addr)
	}
	s := rueidisstore.New(connect(t, opts))
	token := "{a}" // in slot 15495
	if err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	from, to := cluster.Primaries[2], cluster.Primaries[0]
	migration := redistest.StartMigration(t, cluster.Primaries, 15495, from, to)
	migration.MoveKeys(t, 1) // so that the answer is ASK
	want := func(when string) {
		if b, found, err := s.Find(token); string(b) != "data" || !found || err != nil {
			t.Errorf("Find %s = %q, %v, %v; want data, true, <nil>", when, b, found, err)
		}
		if all, err := s.All(); len(all) != 1 || err != nil {
			t.Errorf("All %s = %d sessions, %v; want 1, <nil>", when, len(all), err)
		}
	}
	want("during the move")
	migration.Finish(t)
	want("after the move")
	if mended.Load() == 0 {
		t.Error("the dialer was given no address without a host")
	}
}

// TestWaitingInLine: a Find that waits for one of few connections ends with its
// context.
func TestWaitingInLine(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	opts := quick(server.Addr)
	opts.DisableAutoPipelining, opts.BlockingPoolSize = true, 1
	s := rueidisstore.New(connect(t, opts))
	if _, _, err := s.Find("token"); err != nil {
		t.Fatal(err)
	}
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

// TestConnLifetime: that a connection has had its time is no error, in a pipeline
// to one node either.
func TestConnLifetime(t *testing.T) {
	cluster := redistest.StartCluster(t)
	opts := quick(cluster[0].Addr)
	opts.ConnLifetime = 10 * time.Millisecond
	s := rueidisstore.New(connect(t, opts))
	if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if all, err := s.All(); len(all) != 1 || err != nil {
			t.Fatalf("All = %d sessions, %v; want 1, <nil>", len(all), err)
		}
	}
}
