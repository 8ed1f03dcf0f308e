package valkeystore_test

import (
	"log"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/valkeystore"
	"github.com/valkey-io/valkey-go"
)

func Example() {
	client, err := valkey.NewClient(valkey.ClientOption{
		InitAddress: []string{"localhost:6379"},
		// A server that hangs costs ConnWriteTimeout plus twice KeepAlive.
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = valkeystore.New(client)

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "visited", true)
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}

// On a primary that sentinels look after.
func Example_sentinel() {
	dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
	client, err := valkey.NewClient(valkey.ClientOption{
		InitAddress:      []string{"sentinel1:26379", "sentinel2:26379", "sentinel3:26379"},
		Dialer:           dialer,
		ConnWriteTimeout: time.Second,
		// Without its KeepAlive valkey-go does not notice that a sentinel hangs, and then
		// not that the primary has been replaced.
		Sentinel: valkey.SentinelOption{MasterSet: "mymaster", Dialer: dialer},
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = valkeystore.New(client)
}

// Makes logouts final, and logs a user out in all other browsers.
func ExampleNewWithOptions() {
	client, err := valkey.NewClient(valkey.ClientOption{InitAddress: []string{"localhost:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	store := valkeystore.NewWithOptions(client, valkeystore.Options{
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
	client, err := valkey.NewClient(valkey.ClientOption{
		// More than one: a client that starts while one is down needs another.
		InitAddress:      []string{"node1:6379", "node2:6379", "node3:6379"},
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
		// Without it the client follows nodes without end that send it back and forth.
		ClusterOption: valkey.ClusterOption{MaxMovedRedirections: 5},
	})
	if err != nil {
		log.Fatal(err)
	}
	sessions := scs.New()
	sessions.Store = valkeystore.New(client)
}
