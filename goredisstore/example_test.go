package goredisstore_test

import (
	"context"
	"log"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
)

func Example() {
	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "visited", true)
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}

// Logs one user out everywhere.
func ExampleStore_Each() {
	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	store := goredisstore.New(client)
	sessions := scs.New()

	ctx := context.Background()
	err := store.Each(ctx, func(token string, b []byte) error {
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
