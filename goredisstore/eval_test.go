package goredisstore

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/scsredis/stores/internal/redistest"
)

// evalClients opens a client on each topology.
func evalClients(t *testing.T) map[string]Client {
	server := redistest.Start(t, redistest.Options{})
	sentinel := redistest.StartSentinel(t, redistest.Options{}, time.Hour)
	shards := map[string]string{}
	for i := range 3 {
		shards[fmt.Sprint("shard", i)] = redistest.Start(t, redistest.Options{}).Addr
	}
	var nodes []string
	for _, node := range redistest.StartCluster(t) {
		nodes = append(nodes, node.Addr)
	}
	one := redis.NewClient(&redis.Options{Addr: server.Addr})
	clients := map[string]Client{
		"Client":  one,
		"Wrapped": struct{ Client }{one},
		"Failover": redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: redistest.SentinelName, SentinelAddrs: sentinel.Addrs(),
		}),
		"FailoverCluster": redis.NewFailoverClusterClient(&redis.FailoverOptions{
			MasterName: redistest.SentinelName, SentinelAddrs: sentinel.Addrs(), RouteRandomly: true,
		}),
		"Cluster":  redis.NewClusterClient(&redis.ClusterOptions{Addrs: nodes}),
		"ReadOnly": redis.NewClusterClient(&redis.ClusterOptions{Addrs: nodes, ReadOnly: true}),
		"Ring":     redis.NewRing(&redis.RingOptions{Addrs: shards}),
	}
	t.Cleanup(func() {
		for _, c := range clients {
			if c, ok := c.(interface{ Close() error }); ok {
				c.Close()
			}
		}
	})
	return clients
}

func TestEval(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	set := redissession.Call{Script: "redis.call('SET', KEYS[1], ARGV[1]) return 1", Keys: []string{"app:1"}, Args: []string{"one"}}
	get := redissession.Call{Script: "return {redis.call('GET', KEYS[1]), 7, 'text'}", Keys: []string{"app:1"}}
	other := redissession.Call{Script: "return #KEYS .. ' ' .. #ARGV", Keys: []string{"{app:2}:a", "{app:2}:b"}, Args: []string{"x", "y", "z"}}
	refuse := redissession.Call{Script: "return redis.error_reply('OOM no room')", Keys: []string{"app:3"}}
	empty := redissession.Call{Script: "return nil", Keys: []string{"app:3"}}
	for name, c := range evalClients(t) {
		t.Run(name, func(t *testing.T) {
			client, ctx := newClient(c), context.Background()
			got, err := client.Eval(ctx, set, get, other)
			if want := []any{int64(1), []any{"one", int64(7), "text"}, "2 3"}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Eval = %v, %v; want %v", got, err, want)
			}
			got, err = client.Eval(ctx, get)
			if want := []any{[]any{"one", int64(7), "text"}}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Eval = %v, %v; want %v", got, err, want)
			}
			for _, calls := range [][]redissession.Call{{refuse}, {set, refuse}, {refuse, other}} {
				got, err = client.Eval(ctx, calls...)
				if text, ok := client.ServerError(err); got != nil || !ok || text != "OOM no room" {
					t.Errorf("Eval of %d calls, one refused = %v, %v; want the refusal", len(calls), got, err)
				}
			}
			for _, calls := range [][]redissession.Call{{empty}, {set, empty}} {
				got, err = client.Eval(ctx, calls...)
				if _, ok := client.ServerError(err); got != nil || err == nil || ok {
					t.Errorf("Eval of %d calls, one of which answers nil = %v, %v; want an error that is not the server's", len(calls), got, err)
				}
			}
		})
	}
}

// TestEvalRoundTrips: where one server has all keys, calls share a round trip.
func TestEvalRoundTrips(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer client.Close()
	var trips int
	client.AddHook(countTrips{&trips})
	call := redissession.Call{Script: "return 1", Keys: []string{"key"}}
	if _, err := newClient(client).Eval(context.Background(), call, call, call); err != nil || trips != 1 {
		t.Errorf("Eval of three calls = %v after %d round trips; want 1", err, trips)
	}
}

type countTrips struct{ trips *int }

func (countTrips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c countTrips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "eval" {
			*c.trips++
		}
		return next(ctx, cmd)
	}
}

func (c countTrips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() == "eval" {
			*c.trips++
		}
		return next(ctx, cmds)
	}
}
