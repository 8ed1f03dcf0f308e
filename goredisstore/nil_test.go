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

	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

// wantNilExplained wants of every call, also of those that run scripts, an error that
// says where a nil may come from.
func wantNilExplained(t *testing.T, client goredisstore.Client) {
	t.Helper()
	data, err := scs.GobCodec{}.Encode(time.Now().Add(time.Hour), map[string]any{"user": "anna"})
	if err != nil {
		t.Fatal(err)
	}
	for _, userKey := range []string{"", "user"} {
		s := goredisstore.NewWithOptions(client, goredisstore.Options{UserKey: userKey})
		adaptertest.AllAtOnce(t, s, "token", string(data), time.Minute, func(call string, err error) {
			if err == nil || !strings.HasPrefix(err.Error(), "goredisstore: ") || !strings.Contains(err.Error(), "OnConnect") {
				t.Errorf("%s with UserKey %q = %v; want an error that says what to look at", call, userKey, err)
			}
		})
	}
}

// failing is an error of the application's own functions, while it is on.
type failing struct {
	error
	on atomic.Bool
}

func (f *failing) err() error {
	if f.on.Load() {
		return f.error
	}
	return nil
}

// TestNilOfConnecting: a nil that the application's functions for new connections return
// is no answer of the server.
func TestNilOfConnecting(t *testing.T) {
	t.Parallel()
	nodes, single := redistest.StartCluster(t), redistest.Start(t, redistest.Options{})
	cluster := func(o redis.ClusterOptions) closable {
		o.Addrs = (&redistest.Cluster{Primaries: nodes}).Addrs()
		return redis.NewClusterClient(dialOnce(&o))
	}
	topologies := map[string]func(redis.ClusterOptions) closable{
		"Client": func(o redis.ClusterOptions) closable {
			return redis.NewClient(dialOnce(&redis.Options{
				Addr: single.Addr, OnConnect: o.OnConnect, Dialer: o.Dialer, CredentialsProviderContext: o.CredentialsProviderContext,
			}))
		},
		"Ring": func(o redis.ClusterOptions) closable {
			return redis.NewRing(dialOnce(&redis.RingOptions{
				Addrs: map[string]string{"shard": single.Addr}, HeartbeatFrequency: time.Hour, // else it gives up the shard
				OnConnect: o.OnConnect, Dialer: o.Dialer, CredentialsProviderContext: o.CredentialsProviderContext,
			}))
		},
		"Cluster":  cluster,
		"ReadOnly": func(o redis.ClusterOptions) closable { o.ReadOnly = true; return cluster(o) },
	}
	for name, err := range map[string]error{"Nil": redis.Nil, "Wrapped": fmt.Errorf("look up: %w", redis.Nil)} {
		f := &failing{error: err}
		for source, opts := range map[string]redis.ClusterOptions{
			"OnConnect":   {OnConnect: func(context.Context, *redis.Conn) error { return f.err() }},
			"Credentials": {CredentialsProviderContext: func(context.Context) (string, string, error) { return "", "", f.err() }},
			"Dialer": {Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if err := f.err(); err != nil {
					return nil, err
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			}},
		} {
			for topology, open := range topologies {
				t.Run(topology+"/"+source+"/"+name, func(t *testing.T) {
					f.on.Store(false)
					client := open(opts)
					defer client.Close()
					s := goredisstore.NewWithPrefix(client, t.Name()+":")
					adaptertest.MustCommit(t, s, "token", "data")
					adaptertest.WantFound(t, s, "token", "data")
					adaptertest.WantMissing(t, s, "none")
					f.on.Store(true)
					for _, server := range append(nodes, single) {
						server.Do(t, "CLIENT", "KILL", "TYPE", "normal")
					}
					wantNilExplained(t, client)
				})
			}
		}
	}
}

// TestNilOfOthers: a sentinel answers nil for a name that it does not know. A Cluster with
// the option cluster-preferred-endpoint-type unknown-endpoint tells nil for its nodes'
// addresses. A hook of the application returns nil.
func TestNilOfOthers(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	server.Reply(func(args []string) string {
		switch strings.ToUpper(strings.Join(args, " ")) {
		case "SENTINEL GET-MASTER-ADDR-BY-NAME MISSPELT":
			return "_\r\n"
		case "CLUSTER SLOTS":
			return slotsOf("_\r\n:1\r\n")
		}
		return redistest.Greet(args)
	})
	hooked := redis.NewClient(&redis.Options{})
	hooked.AddHook(hook(func([]redis.Cmder) error { return redis.Nil }))
	for name, client := range map[string]closable{
		"Hook":     hooked,
		"Sentinel": redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "misspelt", SentinelAddrs: []string{server.Addr}}),
		"Cluster":  redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr}}),
	} {
		t.Run(name, func(t *testing.T) {
			defer client.Close()
			wantNilExplained(t, client)
		})
	}
}

// slotsOf returns the reply to CLUSTER SLOTS of a node that has all slots, at an address
// of two replies, host and port.
func slotsOf(address string) string {
	return "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n" + address + redistest.Bulk("id")
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
			answer := func(getex string) redistest.Answer {
				return func(args []string) string {
					switch args[0] {
					case "CLUSTER":
						return slotsOf(redistest.Bulk(host) + ":" + port + "\r\n")
					case "GETEX":
						return getex
					case "ASKING", "READONLY":
						return "+OK\r\n"
					}
					return redistest.Greet(args)
				}
			}
			first.Reply(answer("-" + kind + " 1 " + second.Addr + "\r\n"))
			second.Reply(answer("_\r\n"))
			f := &failing{error: redis.Nil}
			client := redis.NewClusterClient(&redis.ClusterOptions{
				Addrs: []string{first.Addr}, ReadOnly: true,
				OnConnect: func(context.Context, *redis.Conn) error { return f.err() },
			})
			defer client.Close()
			s := goredisstore.New(client)
			adaptertest.WantMissing(t, s, "token")
			f.on.Store(true)
			second.Cut()
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
	server := redistest.StartScripted(t)
	host, port, _ := net.SplitHostPort(server.Addr)
	var asked atomic.Int64
	server.Reply(func(args []string) string {
		switch args[0] {
		case "CLUSTER":
			asked.Add(1)
			return slotsOf(redistest.Bulk(host) + ":" + port + "\r\n")
		case "GETEX":
			return "_\r\n"
		case "READONLY":
			return "+OK\r\n"
		}
		return redistest.Greet(args)
	})
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr}, ReadOnly: true})
	defer client.Close()
	s := goredisstore.New(client)
	for range 20 {
		adaptertest.WantMissing(t, s, "none")
		time.Sleep(time.Millisecond)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("20 calls of Find asked for the slots %d times; want once", n)
	}
}
