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

// The examples of rueidisstore work with this client too; only the names differ.
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
	sessions.Store = valkeystore.NewWithOptions(client, valkeystore.Options{
		Tombstone: 5 * time.Minute, // longer than the longest request
	})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "visited", true)
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}
