package goredisstore_test

import (
	"context"
	"crypto/tls"
	"log"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
)

// On one server. Logouts are final, and a user can log out in all other browsers.
func Example() {
	client := redis.NewClient(&redis.Options{
		Addr:         "localhost:6379", // a unix socket with Network: "unix"
		DialTimeout:  time.Second,
		ReadTimeout:  time.Second, // of one attempt
		WriteTimeout: time.Second,
		PoolTimeout:  time.Second, // for a connection while all are in use
		MaxRetries:   1,           // a call on a server that hangs takes two attempts; the default makes four
	})
	store := goredisstore.NewWithOptions(client, goredisstore.Options{
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
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}

// On a primary that sentinels look after.
func Example_sentinel() {
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName:    "mymaster",
		SentinelAddrs: []string{"sentinel1:26379", "sentinel2:26379", "sentinel3:26379"},
		DialTimeout:   time.Second,
		ReadTimeout:   time.Second,
		WriteTimeout:  time.Second,
		PoolTimeout:   time.Second,
		// Not ReplicaOnly, RouteByLatency or RouteRandomly: a replica may not know of
		// a logout yet.
	})
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)
}

// On a Cluster.
func Example_cluster() {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		// More than one: a client that starts while one is down needs another.
		Addrs:        []string{"node1:6379", "node2:6379", "node3:6379"},
		DialTimeout:  time.Second,
		ReadTimeout:  time.Second, // also the time in which a client notices that a primary hangs
		WriteTimeout: time.Second,
		PoolTimeout:  time.Second,
	})
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)
}

// On servers that do not know each other. While one of them is down, every call
// is an error.
func Example_ring() {
	client := redis.NewRing(&redis.RingOptions{
		// A session's server follows from these names: keep them when an address changes.
		Addrs:        map[string]string{"shard1": "redis1:6379", "shard2": "redis2:6379", "shard3": "redis3:6379"},
		DialTimeout:  time.Second,
		ReadTimeout:  time.Second,
		WriteTimeout: time.Second,
		PoolTimeout:  time.Second,
		MaxRetries:   1,
	})
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)
}

// Over TLS with a client certificate, as an ACL user whose password is rotated.
func Example_tls() {
	var (
		config   *tls.Config                               // with RootCAs and Certificates, as your server wants
		password func(ctx context.Context) (string, error) // the one that is valid now
	)
	client := redis.NewClient(&redis.Options{
		Addr:      "redis.example.com:6379",
		TLSConfig: config,
		// Called for each new connection. Those that are open stay logged in.
		CredentialsProviderContext: func(ctx context.Context) (user, secret string, err error) {
			secret, err = password(ctx)
			return "web", secret, err
		},
		// And the timeouts, as on one server.
	})
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)
}
