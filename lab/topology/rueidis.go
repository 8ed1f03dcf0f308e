package topology

import (
	"net"
	"testing"

	"github.com/redis/rueidis"
	rueian "github.com/rueian/rueidis"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
	rueianstore "github.com/scsredis/stores/rueidisstore/rueian"
)

func openRueidis(tb testing.TB, servers *Servers, prefix string) Store {
	opts := rueidis.ClientOption{
		InitAddress:       servers.Addrs(),
		ForceSingleClient: servers.Kind == Standalone,
		Dialer:            net.Dialer{Timeout: servers.Timeout, KeepAlive: servers.Timeout},
		ConnWriteTimeout:  servers.Timeout,
	}
	if servers.Kind == Sentinel {
		opts.Sentinel = rueidis.SentinelOption{MasterSet: redistest.SentinelName}
	}
	client, err := rueidis.NewClient(opts)
	if err != nil {
		tb.Fatalf("topology: rueidis: %v", err)
	}
	tb.Cleanup(client.Close)
	return rueidisstore.NewWithPrefix(client, prefix)
}

func openRueian(tb testing.TB, servers *Servers, prefix string) Store {
	opts := rueian.ClientOption{
		InitAddress:      servers.Addrs(),
		Dialer:           net.Dialer{Timeout: servers.Timeout, KeepAlive: servers.Timeout},
		ConnWriteTimeout: servers.Timeout,
	}
	if servers.Kind == Sentinel {
		opts.Sentinel = rueian.SentinelOption{MasterSet: redistest.SentinelName}
	}
	client, err := rueian.NewClient(opts)
	if err != nil {
		tb.Fatalf("topology: rueian: %v", err)
	}
	tb.Cleanup(client.Close)
	return rueianstore.NewWithPrefix(client, prefix)
}
