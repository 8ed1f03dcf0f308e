package redistest_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

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

// TestShutdownOfReplica: a replica that has just received all data writes it to its
// append-only file before it can be shut down.
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
