package redistest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// TestPortOfStoppedServer: while a server is stopped nobody is given its port, and
// nobody answers there.
func TestPortOfStoppedServer(t *testing.T) {
	s := redistest.Start(t, redistest.Options{})
	s.Stop(t)
	for range 50_000 { // the system chooses among some thousands
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if l.Addr().String() == s.Addr {
			t.Fatal("the port of the stopped server was given to another")
		}
	}
	if c, err := net.Dial("tcp", s.Addr); !errors.Is(err, syscall.ECONNREFUSED) {
		if err == nil {
			c.Close()
		}
		t.Errorf("dialing the stopped server: %v; want %v", err, syscall.ECONNREFUSED)
	}
	s.Restart(t)
}

// TestServersDieWithTest kills a test binary that has servers running.
func TestServersDieWithTest(t *testing.T) {
	if os.Getenv("REDISTEST_END") != "" {
		s := redistest.StartSentinel(t, redistest.Options{}, time.Second)
		for _, server := range append(s.Servers, s.Sentinels...) {
			os.Stdout.WriteString(server.Addr + "\n")
		}
		os.Stdout.Close()
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServersDieWithTest$")
	cmd.Env = append(os.Environ(), "REDISTEST_END=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(out)
	addrs := strings.Fields(string(said))
	if len(addrs) != 6 || err != nil {
		t.Fatalf("the test binary said %q, %v; want the addresses of 6 servers", said, err)
	}
	conns := make([]net.Conn, len(addrs))
	for i, addr := range addrs {
		if conns[i], err = net.Dial("tcp", addr); err != nil {
			t.Fatal(err)
		}
		defer conns[i].Close()
	}
	cmd.Process.Kill()
	cmd.Wait()
	for _, conn := range conns { // by now the address may belong to another server
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a server outlived the test binary that started it")
		}
	}
}
