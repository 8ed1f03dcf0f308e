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
	const ping, pong = "PING\r\n", "+PONG\r\n"
	if s.URL().Host != p.Addr || s.ClientAddr() != p.Addr {
		t.Errorf("URL = %s, ClientAddr = %s; want the proxy's, %s", s.URL(), s.ClientAddr(), p.Addr)
	}
	var c net.Conn
	dial := func() {
		t.Helper()
		dialled, err := net.Dial("tcp", p.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dialled.Close() })
		c = dialled
	}
	// want wants this reply and, for a moment, nothing more.
	want := func(command, reply string) {
		t.Helper()
		io.WriteString(c, command)
		b := make([]byte, len(reply)+1)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := io.ReadFull(c, b[:len(reply)])
		if err == nil {
			c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_, err = c.Read(b[n:])
		}
		if string(b[:n]) != reply || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q is answered by %q, %v; want %q and no end", command, b, err, reply)
		}
	}
	wantClosed := func() {
		t.Helper()
		io.WriteString(c, ping)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := c.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read = %d, %v; want the end", n, err)
		}
	}
	dial()
	want(ping, pong)

	p.Stall(3)
	want(ping, pong[:3])
	p.Stall(1)
	want("", pong[3:4])
	p.Heal()
	want("", pong[4:])

	p.Delay(100 * time.Millisecond)
	start := time.Now()
	want(ping, pong)
	if took := time.Since(start); took < 150*time.Millisecond {
		t.Errorf("a reply that is delayed for 100 ms, and 50 ms without another, took %v", took)
	}
	p.Delay(time.Hour)
	want(ping, "")
	p.Heal()
	want("", pong)

	p.Cut()
	wantClosed()
	dial()
	want(ping, pong)

	p.Refuse()
	wantClosed()
	if dialled, err := net.Dial("tcp", p.Addr); err == nil {
		c = dialled
		wantClosed()
	}
	p.Heal()
	dial()
	want(ping, pong)
	other := redistest.Start(t, redistest.Options{})
	other.Do(t, "SET", "k", "on the other server")
	p.Retarget(other.Network, other.Addr)
	want("GET k\r\n", "$-1\r\n")
	dial()
	want("GET k\r\n", "$19\r\non the other server\r\n")

	p.Stall(0)
	want(ping, "") // and the end of the test does not wait for it
}
