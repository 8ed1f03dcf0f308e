package rueidisstore_test

import (
	"crypto/tls"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
)

const tcpOnly = false

func newClient(tb testing.TB, server *url.URL) rueidis.Client {
	opts := rueidis.ClientOption{
		InitAddress:       []string{server.Host},
		Dialer:            net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout:  time.Second,
		ForceSingleClient: true,
	}
	if server.Scheme == "unix" {
		opts.InitAddress = []string{server.Path}
		opts.DialFn = func(path string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return dialer.Dial("unix", path)
		}
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

// TestMigration is not for rueian, where calls may fail while slots move.
func TestMigration(t *testing.T) {
	t.Parallel()
	adaptertest.Migration(t, openCluster)
}
