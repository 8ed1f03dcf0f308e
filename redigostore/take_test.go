package redigostore_test

import (
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// BenchmarkTake compares Find on a pool from which a connection is taken directly
// with one from which it is taken on a goroutine.
func BenchmarkTake(b *testing.B) {
	server := redistest.Start(b, redistest.Options{})
	for name, test := range map[string]func(redis.Conn, time.Time) error{
		"Plain":        nil,
		"TestOnBorrow": func(redis.Conn, time.Time) error { return nil },
	} {
		pool := &redis.Pool{
			MaxIdle: 100, TestOnBorrow: test,
			Dial: func() (redis.Conn, error) { return redis.Dial(server.Network, server.Addr) },
		}
		defer pool.Close()
		s := redigostore.New(pool)
		find := func(b *testing.B) {
			if _, _, err := s.Find("token"); err != nil {
				b.Error(err)
			}
		}
		b.Run("pool="+name+"/goroutines=1", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				find(b)
			}
		})
		b.Run("pool="+name+"/goroutines=32", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16) // for two processors
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					find(b)
				}
			})
		})
	}
}
