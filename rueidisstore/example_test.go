package rueidisstore_test

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"
	"github.com/scsredis/stores/rueidisstore"
)

func Example() {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"localhost:6379"},
		// A server that hangs costs ConnWriteTimeout plus twice KeepAlive.
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "visited", true)
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}

// On a primary that sentinels look after.
func Example_sentinel() {
	dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:      []string{"sentinel1:26379", "sentinel2:26379", "sentinel3:26379"},
		Dialer:           dialer,
		ConnWriteTimeout: time.Second,
		// Without its KeepAlive rueidis does not notice that a sentinel hangs, and so
		// does not notice a new primary.
		Sentinel: rueidis.SentinelOption{MasterSet: "mymaster", Dialer: dialer},
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = rueidisstore.New(client)
}

// Makes logouts final, and logs a user out in all other browsers.
func ExampleNewWithOptions() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	store := rueidisstore.NewWithOptions(client, rueidisstore.Options{
		Tombstone: 5 * time.Minute, // longer than the longest request
		UserKey:   "userID",        // as in sessions.Put(ctx, "userID", id) at login
	})
	sessions := scs.New()
	sessions.Store = store

	http.HandleFunc("POST /logout-others", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if _, err := store.DeleteUserSessions(ctx, sessions.GetString(ctx, "userID"), sessions.Token(ctx)); err != nil {
			http.Error(w, "Please try again.", http.StatusServiceUnavailable)
		}
	})
}

// On a Cluster.
func Example_cluster() {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		// More than one: a client that starts while one is down needs another.
		InitAddress:      []string{"node1:6379", "node2:6379", "node3:6379"},
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
		// Without it the client never stops if nodes redirect to each other.
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
