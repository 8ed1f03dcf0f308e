package redistest_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

func TestStart(t *testing.T) {
	for name, opts := range map[string]redistest.Options{
		"Port": {},
		"Unix": {Unix: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t, opts)
			s.Do(t, "SET", "k", "v")
			if got := s.Do(t, "GET", "k"); got != "v" {
				t.Errorf("GET k = %v; want v", got)
			}
			s.Restart(t)
			if got := s.Do(t, "GET", "k"); got != nil {
				t.Errorf("GET k after a restart = %v; want nil: nothing is persisted", got)
			}
			s.Stop(t)
			if c, err := net.Dial(s.Network, s.Addr); err == nil {
				c.Close()
				t.Errorf("the server still accepts connections after Stop")
			}
		})
	}
}

// TestRestartLoads: after Restart the server has its data. The delay makes loading
// take half a second, and the number of keys makes it answer meanwhile.
func TestRestartLoads(t *testing.T) {
	s := redistest.Start(t, redistest.Options{Durable: true, Args: []string{"--key-load-delay", "100"}})
	s.Do(t, "EVAL", "for i = 1, 5000 do redis.call('SET', i, i) end", "0")
	s.Restart(t)
	if info := s.Do(t, "INFO", "persistence").(string); !strings.Contains(info, "\nloading:0") {
		t.Errorf("after Restart INFO says %q", info)
	}
}

// TestShutdownOfReplica: a replica that has just been sent everything writes that
// to its append-only file before it can be shut down.
func TestShutdownOfReplica(t *testing.T) {
	primary := redistest.Start(t, redistest.Options{})
	primary.Do(t, "EVAL", "for i = 1, 500 do redis.call('SET', i, i) end", "0")
	replica := redistest.Start(t, redistest.Options{Durable: true, Args: []string{"--rdb-key-save-delay", "1000"}})
	host, port, _ := strings.Cut(primary.Addr, ":")
	replica.Do(t, "REPLICAOF", host, port)
	redistest.Poll(t, "the replica follows", func() bool {
		return replica.Info(t, "replication", "master_link_status") == "up"
	})
	replica.Shutdown(t)
	replica.Restart(t)
}

func TestTwoServers(t *testing.T) {
	a, b := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	a.Do(t, "SET", "k", "a")
	if got := b.Do(t, "GET", "k"); got != nil {
		t.Errorf("GET k on the other server = %v; want nil", got)
	}
}

func TestPassword(t *testing.T) {
	s := redistest.Start(t, redistest.Options{Args: []string{"--requirepass", "secret"}})
	if s.Addr == "" {
		t.Error("no address")
	}
}

func TestPause(t *testing.T) {
	s := redistest.Start(t, redistest.Options{})
	resume := s.Pause(t)
	c, err := net.Dial(s.Network, s.Addr)
	if err != nil {
		t.Fatalf("a paused server must accept connections: %v", err)
	}
	defer c.Close()
	c.Write([]byte("PING\r\n"))
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := c.Read(make([]byte, 16)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read from a paused server: %v; want %v", err, os.ErrDeadlineExceeded)
	}
	resume()
	if got := s.Do(t, "PING"); got != "PONG" {
		t.Errorf("PING after resume = %v; want PONG", got)
	}
}

func TestCommands(t *testing.T) {
	s := redistest.Start(t, redistest.Options{})
	got := s.Commands(t, func() {
		s.Do(t, "SET", "k", "v")
		s.Do(t, "GET", "k")
		s.Do(t, "GET", "k")
	})
	if len(got) != 2 || got["set"] != 1 || got["get"] != 2 {
		t.Errorf("Commands = %v; want get: 2, set: 1", got)
	}
}

// TestNoServer runs this binary again without a PATH: a missing server fails
// the test that needs it, and says what to do.
func TestNoServer(t *testing.T) {
	if os.Getenv("REDISTEST_NO_SERVER") != "" {
		redistest.Start(t, redistest.Options{})
		return
	}
	for env, want := range map[string]string{
		"PATH=":                        "apt-get install redis-server",
		"REDIS_SERVER=/does/not/exist": "/does/not/exist",
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoServer$")
		cmd.Env = append(os.Environ(), "REDISTEST_NO_SERVER=1", "REDIS_SERVER=", env)
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("%s: the test passed without a server", env)
		}
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: output\n%s\nwant in it %q", env, out, want)
		}
	}
}

func TestStartCluster(t *testing.T) {
	start := time.Now()
	nodes := redistest.StartCluster(t)
	t.Logf("up after %v", time.Since(start))
	moved := 0
	for _, node := range nodes {
		// Each node serves a third of the slots and knows who has the others.
		if got := node.Info(t, "cluster", "cluster_enabled"); got != "1" {
			t.Errorf("cluster_enabled = %s; want 1", got)
		}
		if slots := node.Do(t, "CLUSTER", "SLOTS").([]any); len(slots) == 3 {
			moved++
		}
	}
	if moved != 3 {
		t.Errorf("%d of 3 nodes know all slot ranges", moved)
	}
}
