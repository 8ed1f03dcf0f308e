package rueidisstore_test

import (
	"log"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/rueian/rueidis"

	"github.com/scsredis/stores/rueidisstore/rueian"
)

// The examples of rueidisstore work with this client too, except that it knows no
// AuthCredentialsFn.
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
	sessions.Store = rueidisstore.NewWithOptions(client, rueidisstore.Options{
		Tombstone: 5 * time.Minute, // longer than the longest request
	})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "visited", true)
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}
