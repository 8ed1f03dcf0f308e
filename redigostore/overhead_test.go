package redigostore_test

import (
	"net"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/redigostore"
)

// answering is a connection to a server that has already answered everything.
// What is left of a call's time is redigo's and the store's own, deadlines on a
// socket included.
type answering struct {
	net.Conn
	reply string
}

func (c answering) Read(b []byte) (int, error)  { return copy(b, c.reply), nil }
func (c answering) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkOverhead compares Find with a GET by hand on the same pool, without
// and with a bound on the wait for its reply.
func BenchmarkOverhead(b *testing.B) {
	socket, err := net.Dial("tcp", redistest.StartScripted(b).Endpoint().Addr)
	if err != nil {
		b.Fatal(err)
	}
	defer socket.Close()
	conn := answering{socket, redistest.Bulk(string(make([]byte, 1024)))}
	pool := &redis.Pool{MaxIdle: 1, Dial: func() (redis.Conn, error) {
		return redis.NewConn(conn, 0, 0), nil
	}}
	defer pool.Close()
	byHand := func(do func(redis.Conn) (any, error)) func() error {
		return func() error {
			conn := pool.Get()
			defer conn.Close()
			_, err := redis.Bytes(do(conn))
			return err
		}
	}
	s := redigostore.New(pool)
	const key = "scs:session:token"
	for _, way := range []struct {
		name string
		call func() error
	}{
		{"Bare", byHand(func(c redis.Conn) (any, error) { return c.Do("GET", key) })},
		{"Timeout", byHand(func(c redis.Conn) (any, error) { return redis.DoWithTimeout(c, 3*time.Second, "GET", key) })},
		{"Find", func() error { _, _, err := s.Find("token"); return err }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := way.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
