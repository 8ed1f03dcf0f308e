package goredisstore_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/adaptertest"
)

// experimental returns the topologies of features that go-redis has since version 9.22.
// It finds them by reflection, so that the tests compile with earlier versions.
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

// dialOnce makes each attempt of a command dial once. The lowest version does not have
// DialerRetries.
func dialOnce[T any](opts *T) *T {
	if field := reflect.ValueOf(opts).Elem().FieldByName("DialerRetries"); field.IsValid() {
		field.SetInt(1)
	}
	return opts
}

type closable interface {
	goredisstore.Client
	Close() error
}

// openExperimental returns the client of one of these topologies.
func openExperimental(tb testing.TB, name string, opts *redis.Options) (closable, error) {
	if name != "AsyncAutoPipeline" { // which allows no cache
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
