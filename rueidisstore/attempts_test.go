package rueidisstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// TestOthersDeadline: the calls that wait for a new connection with a Find whose
// deadline ends, or whose browser goes away, do not end with it.
func TestOthersDeadline(t *testing.T) {
	adaptertest.Long(t)
	server := redistest.Start(t, redistest.Options{Proxied: true})
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{Proxied: true})
	var proxies []*redistest.Proxy
	for _, node := range cluster.Nodes() {
		proxies = append(proxies, node.Proxy)
	}
	for _, topology := range []struct {
		name    string
		addrs   []string
		proxies []*redistest.Proxy
	}{
		{"Single", []string{server.ClientAddr()}, []*redistest.Proxy{server.Proxy}},
		{"Cluster", cluster.Addrs(), proxies},
	} {
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
			t.Run(topology.name+"/"+name, func(t *testing.T) {
				opts := quick(topology.addrs...)
				opts.PipelineMultiplex = -1 // one connection, for which all wait
				s := rueidisstore.New(connect(t, opts))
				if err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				for range 10 {
					for _, proxy := range topology.proxies {
						proxy.Delay(100 * time.Millisecond)
						proxy.Cut()
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
					calls := map[string]func() error{
						"Delete": func() error { return s.Delete("other") },
						"Commit": func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) },
						"Find":   func() error { _, _, err := s.Find("token"); return err },
					}
					errs := make(chan error)
					for name, call := range calls {
						go func() {
							if err := call(); err != nil {
								errs <- fmt.Errorf("%s = %w", name, err)
								return
							}
							errs <- nil
						}()
					}
					for range calls {
						if err := <-errs; err != nil {
							t.Error(err)
						}
					}
					if err := <-found; err == nil {
						t.Error("a Find with less time than a connection takes = nil")
					}
					for _, proxy := range topology.proxies {
						proxy.Heal()
					}
				}
			})
		}
	}
}

// TestHangingServer: a server that accepts connections and does not answer is
// given up after two timeouts and the pauses of further attempts, although it ends
// them as others' contexts do.
func TestHangingServer(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Proxied: true})
	s := rueidisstore.New(connect(t, quick(server.ClientAddr())))
	if _, _, err := s.Find("token"); err != nil {
		t.Fatal(err)
	}
	server.Proxy.Stall(0)
	server.Proxy.Cut()
	time.Sleep(10 * time.Millisecond)
	for name, call := range map[string]func() error{
		"Find":   func() error { _, _, err := s.Find("token"); return err },
		"Commit": func() error { return s.Commit("token", []byte("data"), time.Now().Add(time.Hour)) },
		"Delete": func() error { return s.Delete("token") },
		"All":    func() error { _, err := s.All(); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			err := call()
			const bound = 2*time.Second + 1300*time.Millisecond
			if took := time.Since(start); err == nil || took > bound+time.Second { // for a busy machine
				t.Errorf("%s on a server that hangs = %v after %v; want an error within %v", name, err, took, bound)
			}
		})
	}
}

// TestOwnDeadline: a deadline that ends while the client connects is the error
// that callers ask for.
func TestOwnDeadline(t *testing.T) {
	adaptertest.Long(t)
	server := redistest.Start(t, redistest.Options{Proxied: true})
	client := connect(t, quick(server.ClientAddr()))
	for name, s := range map[string]*rueidisstore.Store{
		"Plain": rueidisstore.New(client),
		"Cache": rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: "cached:", Cache: time.Minute}),
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := s.Find("token"); err != nil {
				t.Fatal(err)
			}
			server.Proxy.Stall(0)
			defer server.Proxy.Heal()
			for i := range 10 {
				server.Proxy.Cut()
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%10)*100*time.Microsecond)
				if _, _, err := s.FindCtx(ctx, "token"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Find = %v; want %v", err, context.DeadlineExceeded)
				}
				cancel()
			}
		})
	}
}

// TestClosedClient: a client that has been closed is an error at once.
func TestClosedClient(t *testing.T) {
	sentinel := redistest.StartSentinel(t, redistest.Options{}, 10*time.Second)
	ofSentinel := quick(sentinel.Addrs()...)
	ofSentinel.Sentinel.MasterSet = redistest.SentinelName
	for name, opts := range map[string]rueidis.ClientOption{
		"Single":   quick(redistest.Start(t, redistest.Options{}).Addr),
		"Cluster":  quick(redistest.StartCluster(t)[0].Addr),
		"Sentinel": ofSentinel,
	} {
		t.Run(name, func(t *testing.T) {
			client := connect(t, opts)
			plain := rueidisstore.New(client)
			cached := rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: "cached:", Cache: time.Minute})
			for _, s := range []*rueidisstore.Store{plain, cached} {
				if _, _, err := s.Find("token"); err != nil {
					t.Fatal(err)
				}
			}
			client.Close()
			time.Sleep(50 * time.Millisecond) // a Cluster's client closes its connections later
			for name, call := range map[string]func() error{
				"Find":        func() error { _, _, err := plain.Find("token"); return err },
				"Find cached": func() error { _, _, err := cached.Find("token"); return err },
				"Commit":      func() error { return plain.Commit("token", nil, time.Now().Add(time.Hour)) },
				"Delete":      func() error { return plain.Delete("token") },
				"All":         func() error { _, err := plain.All(); return err },
			} {
				start := time.Now()
				err := call()
				if took := time.Since(start); !errors.Is(err, rueidis.ErrClosing) || took > 200*time.Millisecond {
					t.Errorf("%s after Close = %v in %v; want %v at once", name, err, took, rueidis.ErrClosing)
				}
			}
		})
	}
}
