package redistest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

func TestStartReplicatedCluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartReplicatedCluster(t, redistest.Options{Proxied: true})
	for i, replica := range c.Replicas {
		if got, want := replica.Info(t, "replication", "master_port"), port(c.Primaries[i].ClientAddr()); got != want {
			t.Errorf("replica %d follows port %s; want that of primary %d, %s", i, got, i, want)
		}
	}
	// Nothing of the primaries is still to be settled: each has its own epoch.
	for _, node := range c.Nodes() {
		nodes := node.Do(t, "CLUSTER", "NODES").(string)
		for i, primary := range c.Primaries {
			epoch := ""
			for line := range strings.Lines(nodes) {
				if fields := strings.Fields(line); strings.HasPrefix(fields[1], primary.ClientAddr()+"@") {
					epoch = fields[6]
				}
			}
			if epoch != strconv.Itoa(i+1) {
				t.Errorf("the epoch of primary %d is %q to a node; want %d", i, epoch, i+1)
			}
		}
	}
	// Clients are sent to the proxies.
	announced := make(map[string]bool)
	for _, slots := range c.Replicas[0].Do(t, "CLUSTER", "SLOTS").([]any) {
		for _, node := range slots.([]any)[2:] {
			announced[fmt.Sprintf("127.0.0.1:%d", node.([]any)[1])] = true
		}
	}
	for _, addr := range c.Addrs() {
		if !announced[addr] {
			t.Errorf("the cluster announces %v; want %s too", announced, addr)
		}
	}
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func TestProxy(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, redistest.Options{Proxied: true})
	p := s.Proxy
	if s.URL().Host != p.Addr || s.ClientAddr() != p.Addr {
		t.Errorf("URL = %s, ClientAddr = %s; want the proxy's, %s", s.URL(), s.ClientAddr(), p.Addr)
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	read := func(c net.Conn, n int) (string, error) {
		b := make([]byte, n)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := io.ReadFull(c, b)
		return string(b[:n]), err
	}
	want := func(c net.Conn, text string) {
		t.Helper()
		if got, err := read(c, len(text)); got != text || err != nil {
			t.Errorf("read = %q, %v; want %q", got, err, text)
		}
	}
	wantNothing := func(c net.Conn) {
		t.Helper()
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(make([]byte, 16)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read = %d bytes, %v; want none yet", n, err)
		}
	}
	wantClosed := func(c net.Conn) {
		t.Helper()
		io.WriteString(c, "PING\r\n")
		if got, err := read(c, 1); got != "" || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read = %q, %v; want the end", got, err)
		}
	}
	c := dial()
	io.WriteString(c, "PING\r\n")
	want(c, "+PONG\r\n")

	p.Stall(3)
	io.WriteString(c, "PING\r\n")
	want(c, "+PO")
	wantNothing(c)
	p.Stall(1)
	want(c, "N")
	p.Heal()
	want(c, "G\r\n")

	p.Delay(100 * time.Millisecond)
	start := time.Now()
	io.WriteString(c, "PING\r\n")
	want(c, "+PONG\r\n")
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("a reply that is delayed for 100 ms came after %v", took)
	}
	p.Delay(time.Hour)
	io.WriteString(c, "PING\r\n")
	wantNothing(c)
	p.Heal()
	want(c, "+PONG\r\n")

	p.Cut()
	wantClosed(c)
	c = dial()
	io.WriteString(c, "PING\r\n")
	want(c, "+PONG\r\n")

	p.Refuse()
	wantClosed(c)
	if c, err := net.Dial("tcp", p.Addr); err == nil {
		wantClosed(c)
		c.Close()
	}
	p.Heal()
	c = dial()
	io.WriteString(c, "PING\r\n")
	want(c, "+PONG\r\n")
	other := redistest.Start(t, redistest.Options{})
	other.Do(t, "SET", "k", "on the other server")
	p.Retarget(other.Network, other.Addr)
	io.WriteString(c, "GET k\r\n")
	want(c, "$-1\r\n")
	c = dial()
	io.WriteString(c, "GET k\r\n")
	want(c, "$19\r\non the other server\r\n")

	p.Stall(0)
	io.WriteString(c, "PING\r\n")
	wantNothing(c) // and the end of the test does not wait for it
}
