package goredis_test

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
)

var reads = flag.Int("reads", 300, "how many reads TestOwnReads makes of each kind")

// hidden is a client in a type that does not say that it reads from replicas.
var hidden = setting{"Hidden", func(tb testing.TB) func(testing.TB) client {
	open := replicas(redis.ClusterOptions{ReadOnly: true})(tb)
	return func(tb testing.TB) client {
		return struct{ redis.UniversalClient }{open(tb).(redis.UniversalClient)}
	}
}}

// TestOwnReads counts the values that are not those just written through the
// same client, by GET and by the store.
func TestOwnReads(t *testing.T) {
	const sessions = 100
	for _, setting := range append(settings, hidden) {
		t.Run(setting.name, func(t *testing.T) {
			t.Parallel()
			c := setting.start(t)(t)
			s := goredisstore.New(c)
			ctx, expiry := context.Background(), time.Now().Add(time.Hour)
			var bare, store int
			for i := range *reads {
				token, data := fmt.Sprint("token", i%sessions), strconv.Itoa(i)
				if err := c.Set(ctx, "bare:"+token, data, time.Hour).Err(); err != nil {
					t.Fatal(err)
				}
				if c.Get(ctx, "bare:"+token).Val() != data {
					bare++
				}
				if err := s.Commit(token, []byte(data), expiry); err != nil {
					t.Fatalf("Commit = %v", err)
				}
				b, _, err := s.Find(token)
				if err != nil {
					t.Fatalf("Find = %v", err)
				}
				if string(b) != data {
					store++
				}
			}
			t.Logf("stale of %d own reads: GET %d, Find %d", *reads, bare, store)
			if store != 0 {
				t.Errorf("%d of %d Finds were stale; want none", store, *reads)
			}
		})
	}
}
