package rueidisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// TestOthersDeadline: a Find whose deadline ends, or whose browser goes away, waits for a
// new connection together with other calls. The others do not end with it.
func TestOthersDeadline(t *testing.T) {
	adaptertest.Long(t)
	server := redistest.Start(t, redistest.Options{Proxied: true})
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{Proxied: true})
	for topology, nodes := range map[string][]*redistest.Server{"Single": {server}, "Cluster": cluster.Nodes()} {
		var addrs []string
		for _, node := range nodes {
			addrs = append(addrs, node.ClientAddr())
		}
		for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"Deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 50*time.Millisecond)
			},
			"Cancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(50*time.Millisecond, cancel)
				return ctx, cancel
			},
		} {
			t.Run(topology+"/"+name, func(t *testing.T) {
				opts := quick(addrs...)
				opts.PipelineMultiplex = -1 // one connection, and all calls wait for it
				s := rueidisstore.New(connect(t, opts))
				adaptertest.MustCommit(t, s, "token", "data")
				for range 10 {
					for _, node := range nodes {
						node.Proxy.Delay(100 * time.Millisecond)
						node.Proxy.Cut()
					}
					time.Sleep(10 * time.Millisecond) // until the client has noticed
					found := make(chan error)
					go func() {
						ctx, cancel := end(t.Context())
						defer cancel()
						_, _, err := s.FindCtx(ctx, "token")
						found <- err
					}()
					time.Sleep(5 * time.Millisecond)
					adaptertest.AllAtOnce(t, s, "token", "data", 10*time.Second, func(call string, err error) {
						if err != nil && !errors.Is(err, adaptertest.ErrMissing) { // as after Delete
							t.Errorf("%s = %v", call, err)
						}
					})
					if err := <-found; err == nil {
						t.Error("a Find with less time than a connection takes = nil")
					}
					for _, node := range nodes {
						node.Proxy.Heal()
					}
				}
			})
		}
	}
}

// TestHangingServer: calls on a server that accepts connections and does not answer end
// after two timeouts and the pauses of further attempts, although their errors are like
// those of another call's context.
func TestHangingServer(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Proxied: true})
	s := rueidisstore.New(connect(t, quick(server.ClientAddr())))
	adaptertest.WantMissing(t, s, "token")
	server.Proxy.Stall(0)
	server.Proxy.Cut()
	time.Sleep(10 * time.Millisecond)
	const bound = 2*time.Second + 1300*time.Millisecond + time.Second // for a busy machine
	adaptertest.AllAtOnce(t, s, "token", "data", bound, func(call string, err error) {
		if err == nil {
			t.Errorf("%s on a server that hangs = <nil>; want an error", call)
		}
	})
}

// TestClosedClient: calls on a closed client fail at once.
func TestClosedClient(t *testing.T) {
	for _, topology := range adapter.Topologies[:3] {
		t.Run(topology.Name, func(t *testing.T) {
			if topology.Kind == adaptertest.Sentinel {
				adaptertest.Long(t)
			}
			servers := adaptertest.StartServers(t, topology.Kind, redistest.Options{}, 10*time.Second)
			client, err := dial(t, servers.Target(topology))
			if err != nil {
				t.Fatal(err)
			}
			stores := both(client)
			for _, s := range stores {
				adaptertest.WantMissing(t, s, "token")
			}
			client.Close()
			time.Sleep(50 * time.Millisecond) // a Cluster's client closes its connections later
			for _, s := range stores {
				adaptertest.AllAtOnce(t, s, "token", "data", time.Second, func(call string, err error) {
					if !errors.Is(err, rueidis.ErrClosing) {
						t.Errorf("%s after Close = %v; want %v", call, err, rueidis.ErrClosing)
					}
				})
			}
		})
	}
}
