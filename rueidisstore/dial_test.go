package rueidisstore_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

const tcpOnly, fixedPassword = false, false

func dial(server redistest.Endpoint) (rueidis.Client, error) {
	opts := rueidis.ClientOption{
		InitAddress:       []string{server.Addr},
		TLSConfig:         server.TLS,
		Dialer:            net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout:  time.Second,
		ForceSingleClient: true,
	}
	if server.Network == "unix" {
		opts.DialFn = func(path string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return dialer.Dial("unix", path)
		}
	}
	if server.Login != nil {
		opts.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
			user, password := server.Login()
			return rueidis.AuthCredentials{Username: user, Password: password}, nil
		}
	}
	return rueidis.NewClient(opts)
}

// TestReplicaPrivileges is not for rueian, which does not read from replicas.
func TestReplicaPrivileges(t *testing.T) {
	t.Parallel()
	reads := func(cmd rueidis.Completed) bool { return cmd.IsReadOnly() }
	t.Run("Sentinel", func(t *testing.T) {
		adaptertest.SentinelPrivileges(t, "README.md", "replicas", func(tb testing.TB, addrs []string) (adaptertest.Store, error) {
			opts := privilegedSentinel(addrs)
			opts.SendToReplicas = reads
			return openWith(tb, opts)
		})
	})
	t.Run("Standalone", func(t *testing.T) {
		primary, replica := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
		host, port, _ := net.SplitHostPort(primary.Addr)
		replica.Do(t, "REPLICAOF", host, port)
		servers := []*redistest.Server{primary, replica}
		adaptertest.Privileges(t, "README.md", "replicas", servers, func(tb testing.TB) (adaptertest.Store, error) {
			opts := privileged([]string{primary.Addr})
			opts.Standalone.ReplicaAddress = []string{replica.Addr}
			opts.SendToReplicas = reads
			return openWith(tb, opts)
		})
	})
}

// TestTwoPrimaries: while two servers believe to be the primary, All does not
// choose one, nor mix them.
func TestTwoPrimaries(t *testing.T) {
	t.Parallel()
	primary, replica := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:    []string{primary.Addr},
		Standalone:     rueidis.StandaloneOption{ReplicaAddress: []string{replica.Addr}},
		SendToReplicas: func(cmd rueidis.Completed) bool { return cmd.IsReadOnly() },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if all, err := rueidisstore.New(client).All(); err == nil {
		t.Errorf("All = %d sessions, nil; want an error", len(all))
	}
}
