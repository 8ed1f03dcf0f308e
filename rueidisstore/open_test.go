package rueidisstore_test

import (
	"net"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// quick returns options with timeouts of a second, as README.md has them.
func quick(addrs ...string) rueidis.ClientOption {
	dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
	return rueidis.ClientOption{
		InitAddress: addrs, Dialer: dialer, ConnWriteTimeout: time.Second,
		Sentinel: rueidis.SentinelOption{Dialer: dialer},
	}
}

func connect(tb testing.TB, opts rueidis.ClientOption) rueidis.Client {
	tb.Helper()
	client, err := rueidis.NewClient(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}
