package goredisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

func newClient(tb testing.TB, addr string) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: time.Second})
	tb.Cleanup(func() { client.Close() })
	return client
}

// TestHiddenCluster: a type that hides a ClusterClient lists no part of the sessions,
// and its Find asks primaries, although the client may read from replicas.
func TestHiddenCluster(t *testing.T) {
	adaptertest.Long(t)
	t.Parallel()
	servers := adaptertest.StartServers(t, adaptertest.Cluster, redistest.Options{}, time.Hour)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: servers.Addrs(), ReadOnly: true})
	defer client.Close()
	s := goredisstore.New(struct{ redis.UniversalClient }{client})
	adaptertest.OwnReads(t, s, servers)
	if all, err := s.All(); all != nil || err == nil || !strings.Contains(err.Error(), "ForEachMaster") {
		t.Errorf("All = %v, %v; want an error that names the method that is missing", all, err)
	}
}

// TestRingShardDown: once a ring has noticed that a shard is down, it goes on without the
// shard and its sessions. The store must not: users of these sessions would be logged
// out, and users who logged out meanwhile would be logged in afterwards.
func TestRingShardDown(t *testing.T) {
	t.Parallel()
	servers := adaptertest.StartServers(t, adaptertest.Ring, redistest.Options{Durable: true}, time.Hour)
	nodes := servers.Nodes
	ring := redis.NewRing(ringOptions(servers.Target(adaptertest.Topology{Name: "Ring"})))
	t.Cleanup(func() { ring.Close() })
	s := goredisstore.New(ring)
	const n = 30
	for i := range n {
		adaptertest.MustCommit(t, s, fmt.Sprint("token", i), "data")
	}
	waitForShards := func(want int) {
		t.Helper()
		redistest.Poll(t, fmt.Sprintf("the ring has %d shards", want), func() bool { return ring.Len() == want })
	}
	nodes[1].Stop(t)
	waitForShards(2)
	for i := range n {
		for name, call := range adaptertest.Calls(t.Context(), s, fmt.Sprint("token", i), "lost") {
			if err := call(); err == nil || errors.Is(err, adaptertest.ErrMissing) {
				t.Errorf("%s with a shard down = %v; want an error of the store", name, err)
			}
		}
	}
	nodes[1].Restart(t)
	waitForShards(3)
	for i := range n {
		adaptertest.WantFound(t, s, fmt.Sprint("token", i), "data")
	}
}

// TestAttempts: the store adds no attempts to go-redis's own, whose default is four. The
// README states the bound that follows.
func TestAttempts(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"Hung": "", "Hangup": redistest.Hangup, "READONLY": "-READONLY You can't write against a read only replica.\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int64
			server := redistest.StartScripted(t)
			server.Reply(func(args []string) string {
				switch args[0] {
				case "MGET", "SET", "DEL", "EVAL":
					attempts.Add(1)
					return reply
				}
				return redistest.Greet(args)
			})
			for _, tombstone := range []time.Duration{0, time.Minute} {
				s := goredisstore.NewWithOptions(newClient(t, server.Addr), goredisstore.Options{Tombstone: tombstone})
				attempts.Store(0)
				adaptertest.AllAtOnce(t, s, "token", "data", time.Minute, func(call string, err error) {
					if err == nil {
						t.Errorf("%s with Tombstone %v = nil; want an error", call, tombstone)
					}
				})
				const calls = 6 // Find, Commit and Delete, with a context and without
				if n := attempts.Load(); n != 4*calls {
					t.Errorf("%d calls with Tombstone %v made %d attempts; want 4 each", calls, tombstone, n)
				}
			}
		})
	}
}

// quiet is a client that has what a Store needs and nothing else. It sets errors only on
// commands.
type quiet struct{ goredisstore.Client }

func (q quiet) Process(ctx context.Context, cmd redis.Cmder) error {
	q.Client.Process(ctx, cmd)
	return nil
}

func TestQuietClient(t *testing.T) {
	t.Parallel()
	client := newClient(t, redistest.Start(t, redistest.Options{}).Addr)
	s := goredisstore.New(quiet{client})
	adaptertest.MustCommit(t, s, "token", "data")
	adaptertest.WantListed(t, s, map[string]string{"token": "data"})
	client.Close()
	for name, call := range adaptertest.Calls(t.Context(), s, "token", "data") {
		if err := call(); !errors.Is(err, redis.ErrClosed) {
			t.Errorf("%s = %v; want %v", name, err, redis.ErrClosed)
		}
	}
}

// TestPipelineFails: a hook may leave the commands of a pipeline that was not sent without
// an error. Exec returns the first error only, which may be that of a missing key.
func TestPipelineFails(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	broken := errors.New("broken")
	for name, exec := range map[string]hook{
		"Exec":     func([]redis.Cmder) error { return broken },
		"Commands": func(cmds []redis.Cmder) error { cmds[0].SetErr(broken); return redis.Nil },
	} {
		client := newClient(t, server.Addr)
		s := goredisstore.New(client)
		adaptertest.MustCommit(t, s, "token", "data")
		client.AddHook(hook(func(cmds []redis.Cmder) error {
			if cmds[len(cmds)-1].Name() == "mget" { // reads sessions
				return exec(cmds)
			}
			return nil
		}))
		if all, err := s.All(); all != nil || !errors.Is(err, broken) {
			t.Errorf("%s: All = %v, %v; want nil, %v", name, all, err, broken)
		}
	}
}

// hook is a redis.Hook that stands in for the server where it returns an error.
type hook func(cmds []redis.Cmder) error

func (hook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if err := h([]redis.Cmder{cmd}); err != nil {
			return err
		}
		return next(ctx, cmd)
	}
}

func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if err := h(cmds); err != nil {
			return err
		}
		return next(ctx, cmds)
	}
}
