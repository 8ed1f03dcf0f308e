package rueidisstore_test

import (
	"context"
	"log"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/rueidis"
	"github.com/scsredis/stores/rueidisstore"
)

func Example() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
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

// Logs one user out everywhere.
func ExampleStore_Each() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	store := rueidisstore.New(client)
	sessions := scs.New()

	ctx := context.Background()
	err = store.Each(ctx, func(token string, b []byte) error {
		_, values, err := sessions.Codec.Decode(b)
		if err != nil || values["user"] != "alice" {
			return err
		}
		return store.DeleteCtx(ctx, token)
	})
	if err != nil {
		log.Print(err)
	}
}
