package rueidisstore_test

import (
	"crypto/tls"
	"log"
	"net"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/rueidisstore/rueian"
)

// On a Cluster.
func Example_cluster() {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		// More than one, or a client that starts while it is down finds no other.
		InitAddress:      []string{"node1:6379", "node2:6379", "node3:6379"},
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)
}

// Over TLS with a client certificate, as an ACL user.
func Example_tls() {
	var config *tls.Config // with RootCAs and Certificates, as your server wants
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"redis.example.com:6379"},
		TLSConfig:   config,
		// For the client's whole life: a new password needs a new client and store.
		Username:         "web",
		Password:         "secret",
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)
}
