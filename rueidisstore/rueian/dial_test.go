package rueidisstore_test

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/rueian/rueidis"
)

const tcpOnly = true

func newClient(tb testing.TB, server *url.URL) rueidis.Client {
	opts := rueidis.ClientOption{
		InitAddress:      []string{server.Host},
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	}
	opts.Username = server.User.Username()
	opts.Password, _ = server.User.Password()
	client, err := rueidis.NewClient(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}
