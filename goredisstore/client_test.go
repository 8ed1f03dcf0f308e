package goredisstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
)

func newClient(tb testing.TB, server *redistest.Server) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
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
	adaptertest.MustCommit(t, s, "token", "data")
	if all, err := s.All(); all != nil || err == nil {
		t.Errorf("All = %v, %v; want an error", all, err)
	}
	s = goredisstore.New(struct{ *redis.ClusterClient }{client})
	if all, err := s.All(); len(all) != 1 || err != nil {
		t.Errorf("All = %v, %v; want the session", all, err)
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

// TestDefaultAttempts: with go-redis's defaults a call makes four attempts.
func TestDefaultAttempts(t *testing.T) {
	t.Parallel()
	server := redistest.StartScripted(t)
	var attempts atomic.Int64
	server.Reply(func(args []string) string {
		if args[0] != "MGET" {
			return redistest.Greet(args)
		}
		attempts.Add(1)
		return redistest.Hangup
	})
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer client.Close()
	_, found, err := goredisstore.New(client).Find("token")
	if n := attempts.Load(); found || err == nil || n != 4 {
		t.Errorf("Find = %v, %v after %d attempts; want an error after 4", found, err, n)
	}
}

// fake has what a Store needs and nothing else, over one client.
type fake struct {
	client *redis.Client
	fail   error
}

func (f fake) Process(ctx context.Context, cmd redis.Cmder) error {
	if f.fail != nil {
		return f.fail
	}
	return f.client.Process(ctx, cmd)
}

func (f fake) Pipeline() redis.Pipeliner { return f.client.Pipeline() }

func TestFake(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	client := newClient(t, server)
	s := goredisstore.New(fake{client: client})
	adaptertest.MustCommit(t, s, "token", "data")
	if all, err := s.All(); string(all["token"]) != "data" || err != nil {
		t.Errorf("All = %q, %v; want the session", all, err)
	}
	broken := errors.New("broken")
	s = goredisstore.New(fake{client: client, fail: broken})
	if _, found, err := s.Find("token"); found || !errors.Is(err, broken) {
		t.Errorf("Find = %v, %v; want false, %v", found, err, broken)
	}
}

// silent is a client whose Process sets an error only on the command.
type silent struct{ fake }

func (s silent) Process(ctx context.Context, cmd redis.Cmder) error {
	cmd.SetErr(s.fail)
	return nil
}

func TestErrorOfCommand(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s := goredisstore.New(silent{fake{fail: broken}})
	for name, call := range adaptertest.Calls(t.Context(), s, "token", "data") {
		if err := call(); !errors.Is(err, broken) {
			t.Errorf("%s = %v; want %v", name, err, broken)
		}
	}
}

// TestPipelineFails: some versions of go-redis leave the commands of a pipeline
// that could not be sent without an error, and Exec returns the first error
// only, which may be that of a missing key.
func TestPipelineFails(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	broken := errors.New("broken")
	for name, exec := range map[string]func(cmds []redis.Cmder) error{
		"Exec":     func([]redis.Cmder) error { return broken },
		"Commands": func(cmds []redis.Cmder) error { cmds[0].SetErr(broken); return redis.Nil },
	} {
		client := newClient(t, server)
		s := goredisstore.New(client)
		for _, token := range []string{"token1", "token2"} {
			adaptertest.MustCommit(t, s, token, "data")
		}
		client.AddHook(pipelineHook(exec))
		if all, err := s.All(); all != nil || !errors.Is(err, broken) {
			t.Errorf("%s: All = %v, %v; want nil, %v", name, all, err, broken)
		}
	}
}

// pipelineHook stands in for pipelines that read sessions.
type pipelineHook func(cmds []redis.Cmder) error

func (pipelineHook) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (pipelineHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (h pipelineHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[len(cmds)-1].Name() != "mget" { // but SCAN or what begins a listing
			return next(ctx, cmds)
		}
		return h(cmds)
	}
}
