package redistest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Error is a server's error reply.
type Error string

func (e Error) Error() string { return string(e) }

// Do sends one command over a connection of its own and returns the reply: nil,
// string, int64 or []any of these. An error fails the test. Do waits for a server that
// loads its data after a restart or from a new primary.
func (s *Server) Do(tb testing.TB, args ...string) any {
	tb.Helper()
	var reply any
	WaitFor(tb, args[0], func() (err error) {
		tb.Helper()
		reply, err = s.TryDo(args...)
		if refusal, _ := err.(Error); err != nil && !strings.HasPrefix(string(refusal), "LOADING ") {
			tb.Fatalf("redistest: %s: %v", args[0], err)
		}
		return err
	})
	return reply
}

// TryDo is Do for commands that may fail: a server's error is an Error.
func (s *Server) TryDo(args ...string) (any, error) {
	c, err := s.dial()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.do(args...)
}

// Commands runs f and returns how often the server executed each command
// meanwhile, by lower-case name. The commands of every client count.
func (s *Server) Commands(tb testing.TB, f func()) map[string]int {
	tb.Helper()
	s.Do(tb, "CONFIG", "RESETSTAT")
	f()
	info, _ := s.Do(tb, "INFO", "commandstats").(string)
	counts := make(map[string]int)
	for line := range strings.Lines(info) {
		name, stats, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if !ok || strings.HasPrefix(name, "config") {
			continue
		}
		calls, _, _ := strings.Cut(stats, ",")
		n, err := strconv.Atoi(calls)
		check(tb, err)
		counts[name] = n
	}
	return counts
}

func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// ClientAddr is Addr, or the address of the server's proxy if it has one.
func (s *Server) ClientAddr() string {
	if s.Proxy != nil {
		return s.Proxy.Addr
	}
	return s.Addr
}

// URL returns the address for clients as they take it: redis://host:port,
// rediss://host:port or unix:///path.
func (s *Server) URL() *url.URL {
	switch {
	case s.Network == "unix" && s.Proxy == nil:
		return &url.URL{Scheme: "unix", Path: s.Addr}
	case s.TLS != nil:
		return &url.URL{Scheme: "rediss", Host: s.ClientAddr()}
	}
	return &url.URL{Scheme: "redis", Host: s.ClientAddr()}
}

// URLFor is URL with a user and a password.
func (s *Server) URLFor(user, password string) *url.URL {
	u := s.URL()
	u.User = url.UserPassword(user, password)
	return u
}

// conn is a minimal client. A test must not use the client under test to see what that
// client did.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func (s *Server) dial() (*conn, error) {
	c, err := net.DialTimeout(s.Network, s.Addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if s.TLS != nil {
		c = tls.Client(c, s.TLS)
	}
	return &conn{Conn: c, r: bufio.NewReader(c)}, nil
}

func (c *conn) do(args ...string) (any, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := io.WriteString(c, b.String()); err != nil {
		return nil, err
	}
	return c.read()
}

func (c *conn) read() (any, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return nil, fmt.Errorf("empty reply")
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '+':
		return rest, nil
	case '-':
		return nil, Error(rest)
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reply %q", line)
	case kind == ':':
		return n, nil
	case n < 0:
		return nil, nil
	case kind == '$':
		b := make([]byte, n+2)
		if _, err := io.ReadFull(c.r, b); err != nil {
			return nil, err
		}
		return string(b[:n]), nil
	case kind == '*':
		values := make([]any, n)
		for i := range values {
			if values[i], err = c.read(); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("reply %q", line)
}

// Info returns a field of a section of INFO. It asks again if the connection is
// closed: a sentinel closes those of the server that it makes a replica.
func (s *Server) Info(tb testing.TB, section, name string) string {
	tb.Helper()
	var reply any
	WaitFor(tb, "INFO", func() (err error) {
		reply, err = s.TryDo("INFO", section)
		return err
	})
	info, _ := reply.(string)
	return infoField(info, name)
}
