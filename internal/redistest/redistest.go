// Package redistest starts private Redis or Valkey servers for tests, on a free port of
// loopback or on a unix socket in a temporary folder. A server ends with its test. The
// package never touches a server that it did not start.
//
// The server is the program that the environment variable REDIS_SERVER names, or else
// the first of redis-server and valkey-server on the PATH. Without one the test fails.
package redistest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Options says how a server is started. The zero value is a server on a free
// port of 127.0.0.1 that persists nothing.
type Options struct {
	// Unix makes the server listen on a unix socket instead of a port.
	Unix bool

	// Cluster makes the server a cluster node, without slots or other nodes.
	Cluster bool

	// TLS makes the server accept only TLS connections, from clients that show a
	// certificate: Server.TLS has it.
	TLS bool

	// Proxied puts a Proxy between the clients and the server. Server.URL,
	// Server.ClientAddr and the address that the server announces to a Cluster or to
	// sentinels are the proxy's.
	Proxied bool

	// Durable makes a server keep acknowledged writes through Stop and Restart.
	Durable bool

	// ClockShift is added to the server's clock. It needs gcc and Linux; on other systems
	// the test is skipped.
	ClockShift time.Duration

	// Args are further arguments of redis-server, such as "--maxmemory", "1mb".
	Args []string

	sentinel bool // it is a sentinel
}

// Server is a running server. Its methods are for the goroutine of the test
// that started it.
type Server struct {
	// Network and Addr are what net.Dial takes: "tcp" and host:port, or "unix"
	// and a path. They do not change when the server is restarted.
	Network, Addr string

	// TLS is the configuration for clients of a server started with Options.TLS:
	// the authority to trust, and the certificate to show.
	TLS *tls.Config

	// Proxy is the proxy of a server started with Options.Proxied.
	Proxy *Proxy

	program string
	args    []string
	env     []string // in addition to the test's
	cmd     *exec.Cmd
	log     *bytes.Buffer
	exited  chan struct{} // closed when cmd has been waited for
}

// Start starts a server, waits until it answers, and stops it when the test
// ends.
func Start(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s := &Server{program: find(tb), Network: "tcp"}
	dir, err := os.MkdirTemp("", "redistest") // not tb.TempDir: the path of a unix socket must be short
	check(tb, err)
	tb.Cleanup(func() { os.RemoveAll(dir) })

	config := []string{"--dir", dir, "--bind", "127.0.0.1"}
	if !opts.sentinel {
		config = append(config, "--save", "", "--daemonize", "no", "--repl-diskless-sync-delay", "0")
	}
	if opts.Unix {
		s.Network, s.Addr = "unix", filepath.Join(dir, "redis.sock")
		config = append(config, "--port", "0", "--unixsocket", s.Addr)
	} else {
		port := freePort(tb)
		s.Addr = net.JoinHostPort("127.0.0.1", port)
		if opts.TLS {
			config = append(config, s.useTLS(tb, dir)...)
			config = append(config, "--port", "0", "--tls-port", port)
		} else {
			config = append(config, "--port", port)
		}
	}
	if opts.Proxied {
		s.Proxy = StartProxy(tb, s.Network, s.Addr)
		_, port, _ := net.SplitHostPort(s.Proxy.Addr)
		config = append(config, "--replica-announce-port", port, "--cluster-announce-port", port)
	}
	if opts.Cluster {
		// The default bus port, 10000 more, may be too high a number.
		config = append(config, "--cluster-enabled", "yes", "--cluster-port", freePort(tb))
	}
	if opts.Durable {
		// What the process has written to the file outlives it, even without fsync. With
		// the default, everysec, it acknowledges commands before it writes them to the
		// file, if an fsync takes long.
		config = append(config, "--appendonly", "yes", "--appendfsync", "no")
	}
	if opts.ClockShift != 0 {
		s.env = append(s.env, shiftClock(tb, dir, opts.ClockShift))
	}
	file := filepath.Join(dir, "redis.conf")
	check(tb, os.WriteFile(file, configFile(append(config, opts.Args...)), 0o600))
	s.args = []string{file}
	if opts.sentinel {
		s.args = append(s.args, "--sentinel")
	}
	check(tb, s.launch())
	tb.Cleanup(func() { s.Stop(tb) })
	return s
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
}

func find(tb testing.TB) (path string) {
	tb.Helper()
	programs := []string{"redis-server", "valkey-server"}
	if named := os.Getenv("REDIS_SERVER"); named != "" {
		programs = []string{named}
	}
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	tb.Fatalf("redistest: no %s on the PATH: install one (Debian: apt-get install redis-server; "+
		"macOS: brew install redis), or name it in REDIS_SERVER", strings.Join(programs, " or "))
	return ""
}

// configFile returns arguments as a configuration file, which the server can rewrite:
// after a restart it must keep the role that sentinels gave it.
func configFile(args []string) []byte {
	var b bytes.Buffer
	for i, arg := range args {
		if directive, ok := strings.CutPrefix(arg, "--"); ok {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(directive)
		} else {
			b.WriteString(" " + strconv.Quote(arg))
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func freePort(tb testing.TB) string {
	tb.Helper()
	port, release, err := reservePort()
	check(tb, err)
	tb.Cleanup(release)
	return strconv.Itoa(port)
}

// startTimeout bounds the wait for a server's first answer. It is long because
// a machine that runs many tests may be slow, and short ones never use it.
const startTimeout = 30 * time.Second

// launch runs the server and returns when it answers. By then it has loaded its data,
// unless it wants a password.
func (s *Server) launch() error {
	s.log = new(bytes.Buffer)
	s.cmd = exec.Command(s.program, s.args...)
	s.cmd.Env = append(os.Environ(), s.env...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = DieWithParent()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	exited, cmd := make(chan struct{}), s.cmd
	s.exited = exited
	go func() {
		cmd.Wait()
		close(exited)
	}()
	deadline := time.After(startTimeout)
	for !s.answers() {
		select {
		case <-exited:
			return fmt.Errorf("%s did not start:\n%s", s.program, s.log)
		case <-deadline:
			cmd.Process.Kill()
			<-exited
			return fmt.Errorf("%s did not answer within %v:\n%s", s.program, startTimeout, s.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// answers reports whether the server is ready. The answer must come from this server's
// process: if another server has its port, the process is about to exit.
func (s *Server) answers() bool {
	c, err := s.dial()
	if err != nil {
		return false
	}
	defer c.Close()
	reply, err := c.do("INFO")
	var refusal Error
	if errors.As(err, &refusal) {
		// It wants a password. Only a server that we configured so does that.
		return strings.HasPrefix(string(refusal), "NOAUTH ")
	}
	info, _ := reply.(string)
	return err == nil && infoField(info, "process_id") == strconv.Itoa(s.cmd.Process.Pid) &&
		infoField(info, "loading") != "1" // then it answers INFO, but no GET
}

// Stop ends the server at once, like a power cut, and returns when it has ended. It does
// nothing if the server does not run.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	s.cmd.Process.Kill()
	<-s.exited
}

// Shutdown ends the server in good order, as an administrator does, and returns
// when it has ended. A primary waits for its replicas, but not for long.
func (s *Server) Shutdown(tb testing.TB) {
	tb.Helper()
	// It refuses while it writes its first append-only file, as a replica does after its
	// first copy.
	Poll(tb, "the server has shut down", func() bool {
		s.TryDo("SHUTDOWN") // the answer is a closed connection, or a refusal
		select {
		case <-s.exited:
			return true
		default:
			return false
		}
	})
}

// Restart starts a stopped server again under its old address. What it had
// stored is gone unless it is Durable.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	s.Stop(tb)
	// Another process may hold the port for a moment, where it is not reserved.
	WaitFor(tb, "redistest: restart", s.launch)
}

// Pause makes the server hang: it accepts connections and bytes, and answers
// nothing until the returned function is called, or the test ends.
func (s *Server) Pause(tb testing.TB) (resume func()) {
	tb.Helper()
	check(tb, s.cmd.Process.Signal(syscall.SIGSTOP))
	process := s.cmd.Process
	resume = sync.OnceFunc(func() { process.Signal(syscall.SIGCONT) })
	tb.Cleanup(resume)
	return resume
}

// AddUser adds or changes a user by an ACL rule such as
// "web on >secret ~scs:session:* +get". The user outlives a restart.
func (s *Server) AddUser(tb testing.TB, rule string) {
	tb.Helper()
	s.Do(tb, append([]string{"ACL", "SETUSER"}, strings.Fields(rule)...)...)
	s.Do(tb, "CONFIG", "REWRITE")
}
