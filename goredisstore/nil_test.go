package goredisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

// wantNilExplained wants of every call an error that says where a nil may come
// from.
func wantNilExplained(t *testing.T, s *goredisstore.Store) {
	t.Helper()
	adaptertest.AllAtOnce(t, s, "token", "data", time.Minute, func(call string, err error) {
		if err == nil || !strings.HasPrefix(err.Error(), "goredisstore: ") || !strings.Contains(err.Error(), "OnConnect") {
			t.Errorf("%s = %v; want an error that says what to look at", call, err)
		}
	})
}

// connecting decides whether new connections of a client fail.
type connecting struct {
	fail    error
	failing atomic.Bool
}

func (c *connecting) err() error {
	if c.failing.Load() {
		return c.fail
	}
	return nil
}

// begin breaks all connections to the servers, and makes connecting fail.
func (c *connecting) begin(t *testing.T, servers ...*redistest.Server) {
	c.failing.Store(true)
	for _, server := range servers {
		server.Do(t, "CLIENT", "KILL", "TYPE", "normal")
	}
}

// TestSentinelWithoutName: a sentinel answers nil for a name that it does not
// know.
func TestSentinelWithoutName(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	sentinel := redistest.StartSentinel(t, redistest.Options{}, time.Hour)
	openNamed := func(name string) *goredisstore.Store {
		client := redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: name, SentinelAddrs: sentinel.Addrs(), DialTimeout: time.Second, ReadTimeout: time.Second,
		})
		t.Cleanup(func() { client.Close() })
		return goredisstore.New(client)
	}
	running := openNamed(redistest.SentinelName)
	adaptertest.MustCommit(t, running, "token", "data")
	t.Run("Misspelt", func(t *testing.T) { wantNilExplained(t, openNamed("misspelt")) })

	disconnect := func() {
		for _, server := range sentinel.Servers {
			server.Do(t, "CLIENT", "KILL", "TYPE", "normal")
		}
	}
	forget := func(s *redistest.Server) { s.Do(t, "SENTINEL", "REMOVE", redistest.SentinelName) }
	forget(sentinel.Sentinels[0])
	for range 5 {
		disconnect()
		if b, found, err := running.Find("token"); err == nil && (!found || string(b) != "data") {
			t.Errorf("Find with a sentinel of three that has forgotten = %q, %v, nil; want data or an error", b, found)
		}
	}
	forget(sentinel.Sentinels[1])
	forget(sentinel.Sentinels[2])
	disconnect()
	t.Run("Running", func(t *testing.T) { wantNilExplained(t, running) })
	t.Run("Removed", func(t *testing.T) { wantNilExplained(t, openNamed(redistest.SentinelName)) })
}

// TestUnknownEndpoint: a Cluster with this option answers CLUSTER SLOTS with nil instead
// of its nodes' addresses.
func TestUnknownEndpoint(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{
		Args: []string{"--cluster-preferred-endpoint-type", "unknown-endpoint"},
	})
	for name, readOnly := range map[string]bool{"Primaries": false, "ReadOnly": true} {
		t.Run(name, func(t *testing.T) {
			client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ReadOnly: readOnly})
			defer client.Close()
			wantNilExplained(t, goredisstore.New(client))
		})
	}
}

// TestNilOfHooks: a nil that the application's functions for new connections return is no
// answer of the server.
func TestNilOfHooks(t *testing.T) {
	t.Parallel()
	nodes, single := redistest.StartCluster(t), redistest.Start(t, redistest.Options{})
	servers := append(nodes, single)
	addrs := (&redistest.Cluster{Primaries: nodes}).Addrs()
	topologies := map[string]func(redis.ClusterOptions) closable{
		"Client": func(o redis.ClusterOptions) closable {
			return redis.NewClient(dialOnce(&redis.Options{
				Addr: single.Addr, OnConnect: o.OnConnect, Dialer: o.Dialer, CredentialsProviderContext: o.CredentialsProviderContext,
			}))
		},
		"Cluster": func(o redis.ClusterOptions) closable {
			o.Addrs = addrs
			return redis.NewClusterClient(dialOnce(&o))
		},
		"ReadOnly": func(o redis.ClusterOptions) closable {
			o.Addrs, o.ReadOnly = addrs, true
			return redis.NewClusterClient(dialOnce(&o))
		},
	}
	for name, fail := range map[string]error{"Nil": redis.Nil, "Wrapped": fmt.Errorf("look up: %w", redis.Nil)} {
		c := &connecting{fail: fail}
		for hook, opts := range map[string]redis.ClusterOptions{
			"OnConnect":   {OnConnect: func(context.Context, *redis.Conn) error { return c.err() }},
			"Credentials": {CredentialsProviderContext: func(context.Context) (string, string, error) { return "", "", c.err() }},
			"Dialer": {Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if err := c.err(); err != nil {
					return nil, err
				}
				var d net.Dialer
				return d.DialContext(ctx, network, addr)
			}},
		} {
			for topology, open := range topologies {
				t.Run(topology+"/"+hook+"/"+name, func(t *testing.T) {
					c.failing.Store(false)
					client := open(opts)
					defer client.Close()
					s := goredisstore.NewWithPrefix(client, t.Name()+":")
					adaptertest.MustCommit(t, s, "token", "data")
					adaptertest.WantFound(t, s, "token", "data")
					adaptertest.WantMissing(t, s, "none")
					c.begin(t, servers...)
					wantNilExplained(t, s)
				})
			}
		}
	}
}

// TestNilOfRing: a ring gives up a shard that it cannot connect to.
func TestNilOfRing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	c := &connecting{fail: redis.Nil}
	ring := redis.NewRing(&redis.RingOptions{
		Addrs:     map[string]string{"shard": server.Addr},
		OnConnect: func(context.Context, *redis.Conn) error { return c.err() },
	})
	defer ring.Close()
	s := goredisstore.New(ring)
	adaptertest.MustCommit(t, s, "token", "data")
	c.begin(t, server)
	for name, call := range adaptertest.Calls(t.Context(), s, "token", "data") {
		if err := call(); err == nil || errors.Is(err, adaptertest.ErrMissing) {
			t.Errorf("%s = %v; want an error", name, err)
		}
	}
}

// nilHook answers every command in the server's place.
type nilHook struct{}

func (nilHook) DialHook(next redis.DialHook) redis.DialHook { return next }
func (nilHook) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(context.Context, redis.Cmder) error { return redis.Nil }
}
func (nilHook) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(context.Context, []redis.Cmder) error { return redis.Nil }
}

func TestNilOfHook(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{})
	defer client.Close()
	client.AddHook(nilHook{})
	wantNilExplained(t, goredisstore.New(client))
}

// TestNilAfterRedirect: a client that may read from replicas is redirected to another
// server, and the nil does not come from that server.
func TestNilAfterRedirect(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"MOVED", "ASK"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			first, second := redistest.StartScripted(t), redistest.StartScripted(t)
			host, port, _ := net.SplitHostPort(first.Addr)
			first.Reply(func(args []string) string {
				if strings.EqualFold(strings.Join(args, " "), "CLUSTER SLOTS") {
					return "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n" + redistest.Bulk(host) + ":" + port + "\r\n" + redistest.Bulk("id")
				}
				switch args[0] {
				case "GETEX":
					return "-" + kind + " 1 " + second.Addr + "\r\n"
				case "READONLY":
					return "+OK\r\n"
				}
				return redistest.Greet(args)
			})
			var reply atomic.Value
			second.Reply(func(args []string) string {
				switch args[0] {
				case "GETEX":
					return reply.Load().(string)
				case "ASKING", "READONLY":
					return "+OK\r\n"
				}
				return redistest.Greet(args)
			})
			c := &connecting{fail: redis.Nil}
			client := redis.NewClusterClient(&redis.ClusterOptions{
				Addrs: []string{first.Addr}, ReadOnly: true,
				OnConnect: func(context.Context, *redis.Conn) error { return c.err() },
			})
			defer client.Close()
			s := goredisstore.New(client)
			for _, answer := range []string{"$-1\r\n", "_\r\n"} {
				reply.Store(answer)
				adaptertest.WantMissing(t, s, "token")
			}
			reply.Store("$4\r\ndata\r\n")
			adaptertest.WantFound(t, s, "token", "data")
			c.begin(t)
			second.Disconnect()
			if b, found, err := s.Find("token"); b != nil || found || !errors.Is(err, redis.Nil) {
				t.Errorf("Find, connecting after %s fails = %q, %v, %v; want nil, false, an error", kind, b, found, err)
			}
		})
	}
}

// TestMissingReloadsNothing: a client that may read from replicas does not ask for the
// slots again because a session is not found.
func TestMissingReloadsNothing(t *testing.T) {
	t.Parallel()
	node := redistest.Start(t, redistest.Options{Cluster: true})
	node.Do(t, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{node.Addr}, ReadOnly: true, MaxRedirects: 20})
	defer client.Close()
	s := goredisstore.New(client)
	adaptertest.MustCommit(t, s, "token", "data") // once the Cluster is up
	time.Sleep(300 * time.Millisecond)            // a reload that was asked for meanwhile
	sent := node.Commands(t, func() {
		for range 20 {
			adaptertest.WantMissing(t, s, "none")
			time.Sleep(time.Millisecond)
		}
	})
	if sent["getex"] != 20 || sent["cluster|slots"] != 0 {
		t.Errorf("20 calls of Find sent %v; want 20 GETEX and no CLUSTER SLOTS", sent)
	}
}
