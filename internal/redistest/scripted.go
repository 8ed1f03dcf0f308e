package redistest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// Scripted is a server that gives the replies that a test sets, which no real server
// gives. It is on loopback and speaks RESP2 or RESP3, as the client asks.
type Scripted struct {
	listener

	answer Answer
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
	s := &Scripted{answer: Greet}
	s.listen(tb, s.serve)
	return s
}

// Reply makes the server answer every command from now on, on old connections
// and new ones.
func (s *Scripted) Reply(answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *Scripted) serve(c net.Conn) {
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
	return fmt.Sprintf("-ERR unknown command '%s', with args beginning with: %.100q\r\n", args[0], args[1:])
}

// Greets reports whether Greet has an answer of its own to a command.
func Greets(args []string) bool {
	return !strings.HasPrefix(Greet(args), "-ERR unknown command")
}

// Bulk returns the reply that is a string of any bytes.
func Bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }
