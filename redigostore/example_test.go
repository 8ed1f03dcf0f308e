package redigostore_test

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/redigostore"
)

func Example() {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial: func() (redis.Conn, error) {
			return redis.Dial("tcp", "localhost:6379",
				redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
	}
	sessions := scs.New()
	sessions.Store = redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 2 * time.Second})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "visited", true)
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}

// Logs one user out everywhere.
func ExampleStore_Each() {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial: func() (redis.Conn, error) {
			return redis.Dial("tcp", "localhost:6379",
				redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
	}
	store := redigostore.New(pool)
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
