package rueidisstore_test

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"
	"github.com/scsredis/stores/rueidisstore"
)

// On a Cluster.
func Example_cluster() {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		// More than one, or a client that starts while it is down finds no other.
		InitAddress:      []string{"node1:6379", "node2:6379", "node3:6379"},
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
		// Or it follows nodes that send it back and forth without end.
		ClusterOption: rueidis.ClusterOption{MaxMovedRedirections: 5},
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)
}

// Over TLS with a client certificate, as an ACL user whose password is rotated.
func Example_tls() {
	var (
		config   *tls.Config            // with RootCAs and Certificates, as your server wants
		password func() (string, error) // the one that is valid now
	)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"redis.example.com:6379"},
		TLSConfig:   config,
		// Called for each new connection. Those that are open stay logged in.
		AuthCredentialsFn: func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
			secret, err := password()
			return rueidis.AuthCredentials{Username: "web", Password: secret}, err
		},
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)
}

// Over a unix socket.
func Example_unix() {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"/run/redis/redis.sock"},
		DialCtxFn: func(ctx context.Context, path string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		},
		Dialer:            net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout:  time.Second,
		ForceSingleClient: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)
}
