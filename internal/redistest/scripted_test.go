package redistest

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestScripted(t *testing.T) {
	s := StartScripted(t)
	c, err := (&Server{Network: "tcp", Addr: s.Addr}).dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if reply, err := c.do("ping"); reply != "PONG" || err != nil {
		t.Errorf("ping = %v, %v; want PONG", reply, err)
	}
	var unknown Error
	if _, err := c.do("GET", "a\r\nkey"); !errors.As(err, &unknown) || !strings.HasPrefix(string(unknown), "ERR unknown command 'GET'") {
		t.Errorf("GET = %v; want an unknown command", err)
	}
	s.Reply(func(args []string) string {
		if args[0] == "GET" {
			return Bulk("value of " + args[1])
		}
		return ":" + Hangup
	})
	if reply, err := c.do("get", "key"); reply != "value of key" || err != nil {
		t.Errorf("get = %v, %v; want what the script says", reply, err)
	}
	if reply, err := c.do("SET"); !errors.Is(err, io.EOF) {
		t.Errorf("SET = %v, %v; want a closed connection", reply, err)
	}
}
