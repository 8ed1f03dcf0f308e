package redistest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Scripted is a server that gives the replies that a test sets, which no real server
// gives. It is on loopback and speaks RESP2 or RESP3, as the client asks.
type Scripted struct {
	// Addr is what clients dial, host:port.
	Addr string

	l net.Listener

	mu     sync.Mutex
	answer Answer
	conns  map[net.Conn]bool
}

// Answer returns the bytes to send as the reply to a command, whose name is in
// upper case. It is called concurrently.
type Answer func(args []string) string

// Hangup at the end of a reply makes the server close the connection after it.
const Hangup = "\x04"

// StartScripted starts a server that replies with Greet until it is told
// otherwise, and ends with the test.
func StartScripted(tb testing.TB) *Scripted {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	s := &Scripted{Addr: l.Addr().String(), l: l, answer: Greet, conns: make(map[net.Conn]bool)}
	var serving sync.WaitGroup
	serving.Add(1)
	go func() {
		defer serving.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			serving.Add(1)
			go func() {
				defer serving.Done()
				s.serve(c)
			}()
		}
	}()
	tb.Cleanup(func() {
		l.Close()
		s.Disconnect()
		serving.Wait()
	})
	return s
}

// Reply makes the server answer every command from now on, on old connections
// and new ones.
func (s *Scripted) Reply(answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// Disconnect closes all connections.
func (s *Scripted) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

func (s *Scripted) serve(c net.Conn) {
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	requests := &conn{Conn: c, r: bufio.NewReader(c)}
	for {
		request, err := requests.read()
		if err != nil {
			return
		}
		values, _ := request.([]any)
		args := make([]string, len(values))
		for i, value := range values {
			args[i], _ = value.(string)
		}
		if len(args) == 0 {
			return
		}
		args[0] = strings.ToUpper(args[0])
		s.mu.Lock()
		answer := s.answer
		s.mu.Unlock()
		reply, hangup := strings.CutSuffix(answer(args), Hangup)
		if _, err := io.WriteString(c, reply); err != nil || hangup {
			return
		}
	}
}

// Greet answers the commands with which clients open, test and maintain connections, as a
// standalone primary of Redis 7 does, and all others as unknown.
func Greet(args []string) string {
	switch strings.Join(args[:min(2, len(args))], " ") {
	case "HELLO 3":
		return "%3\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n+proto\r\n:3\r\n"
	case "HELLO 2", "HELLO":
		return "*6\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n+proto\r\n:2\r\n"
	case "CLIENT ID":
		return ":1\r\n"
	case "CLUSTER SLOTS", "CLUSTER SHARDS":
		return "-ERR This instance has cluster support disabled\r\n"
	}
	switch args[0] {
	case "AUTH", "CLIENT", "SELECT":
		return "+OK\r\n"
	case "QUIT":
		return "+OK\r\n" + Hangup
	case "PING":
		return "+PONG\r\n"
	case "ROLE":
		return "*3\r\n+master\r\n:0\r\n*0\r\n"
	}
	return fmt.Sprintf("-ERR unknown command '%s', with args beginning with: %s\r\n", args[0], quoted(args[1:]))
}

// Greets reports whether Greet has an answer of its own to a command.
func Greets(args []string) bool {
	return !strings.HasPrefix(Greet(args), "-ERR unknown command")
}

func quoted(args []string) string {
	var b strings.Builder
	for _, arg := range args {
		fmt.Fprintf(&b, "'%.100s' ", arg)
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(b.String())
}

// Bulk returns the reply that is a string of any bytes.
func Bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }
