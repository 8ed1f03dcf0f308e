package goredisstore_test

import (
	"context"
	"fmt"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
)

// experimental returns the topologies of what go-redis has since version 9.22.
// Reflection finds it, so that the tests compile with the versions before.
func experimental() []adaptertest.Topology {
	if !reflect.ValueOf(redis.Options{}).FieldByName("ClientSideCacheConfig").IsValid() {
		return nil
	}
	topology := func(name string) adaptertest.Topology {
		// A call waits for the pipeline before its own, too.
		return adaptertest.Topology{Name: name, Kind: adaptertest.Standalone, Variant: true, Bound: 20 * time.Second, Resends: true}
	}
	return []adaptertest.Topology{topology("ClientSideCache"), topology("AutoPipeline"), topology("AsyncAutoPipeline")}
}

type closable interface {
	goredisstore.Client
	Close() error
}

// openExperimental returns the client of one of these topologies.
func openExperimental(tb testing.TB, name string, opts *redis.Options) (closable, error) {
	if name != "AsyncAutoPipeline" { // which cannot be had with a cache
		field := reflect.ValueOf(opts).Elem().FieldByName("ClientSideCacheConfig")
		field.Set(reflect.New(field.Type().Elem()))
	}
	client := redis.NewClient(opts)
	if name == "ClientSideCache" {
		return client, nil
	}
	tb.Cleanup(func() { client.Close() })
	method := reflect.ValueOf(client).MethodByName(name)
	if !method.IsValid() {
		return nil, fmt.Errorf("there is no topology %s", name)
	}
	results := method.Call(nil)
	if err, _ := results[1].Interface().(error); err != nil {
		return nil, err
	}
	return results[0].Interface().(closable), nil
}

// newRouteByLatency returns a client of which no node is connected to before it has
// been set up: go-redis 9.23.0 connects to measure the latency while it still writes
// the field himport of the node's client, which the race detector sees.
func newRouteByLatency(opts *redis.ClusterOptions) *redis.ClusterClient {
	var nodes sync.Map // address to a channel that is closed when the node is set up
	known := func(addr string) chan struct{} {
		known, _ := nodes.LoadOrStore(addr, make(chan struct{}))
		return known.(chan struct{})
	}
	opts.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		select {
		case <-known(addr):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}
	client := redis.NewClusterClient(opts)
	client.OnNewNode(func(node *redis.Client) { close(known(node.Options().Addr)) })
	return client
}
