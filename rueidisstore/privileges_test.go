package rueidisstore_test

import (
	"net"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// privileged returns the options of a client for the ACL rules in README.md.
func privileged(addrs []string) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress: addrs, Username: adaptertest.User, Password: adaptertest.Password,
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	}
}

func privilegedSentinel(addrs []string) rueidis.ClientOption {
	opts := privileged(addrs)
	opts.Sentinel = rueidis.SentinelOption{
		MasterSet: redistest.SentinelName, Username: adaptertest.User, Password: adaptertest.Password,
	}
	return opts
}

func openWith(tb testing.TB, opts rueidis.ClientOption) (adaptertest.Store, error) {
	client, err := rueidis.NewClient(opts)
	if err != nil {
		return nil, err
	}
	tb.Cleanup(client.Close)
	return rueidisstore.New(client), nil
}

func TestSentinelPrivileges(t *testing.T) {
	t.Parallel()
	adaptertest.SentinelPrivileges(t, "README.md", "Sentinel", func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
		return openWith(tb, privilegedSentinel(addrs))
	})
}

func TestClusterPrivileges(t *testing.T) {
	t.Parallel()
	adaptertest.ClusterPrivileges(t, "README.md", func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
		return openWith(tb, privileged(addrs))
	})
}
