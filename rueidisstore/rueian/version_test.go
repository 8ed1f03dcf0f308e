package rueidisstore_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore/rueian"
)

// TestMovedToItself: the address of a node leads to another node by now. On old
// connections, which stay open, the old node answers MOVED with that address.
func TestMovedToItself(t *testing.T) {
	server := redistest.StartScripted(t)
	host, port, _ := net.SplitHostPort(server.Addr)
	var opened, renewed atomic.Int64
	server.Reply(func(args []string) string {
		switch args[0] {
		case "CLUSTER":
			return fmt.Sprintf("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n%s:%s\r\n", redistest.Bulk(host), port)
		case "HELLO":
			opened.Add(1)
		case "QUIT":
			return "+OK\r\n" + redistest.Hangup
		case "GET":
			if opened.Load() == renewed.Load() {
				return "-MOVED 1 " + server.Addr + "\r\n"
			}
			return redistest.Bulk("data")
		}
		return redistest.Greet(args)
	})
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := rueidisstore.New(client)
	for range 3 {
		renewed.Store(opened.Load())
		start := time.Now()
		b, found, err := s.Find("token")
		if string(b) != "data" || !found || err != nil || time.Since(start) > time.Second {
			t.Errorf("Find = %q, %v, %v after %v; want data, true, <nil> within a second", b, found, err, time.Since(start))
		}
	}
}
