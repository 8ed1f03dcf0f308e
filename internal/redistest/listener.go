package redistest

import (
	"net"
	"sync"
	"testing"
)

// listener accepts connections on a free port of loopback.
type listener struct {
	// Addr is where clients connect to, host:port.
	Addr string

	mu    sync.Mutex
	conns map[net.Conn]bool // that are open
}

// listen calls serve for each connection, on a goroutine of its own, until the test ends.
func (l *listener) listen(tb testing.TB, serve func(net.Conn)) {
	tb.Helper()
	accepting, err := net.Listen("tcp", "127.0.0.1:0")
	check(tb, err)
	l.Addr, l.conns = accepting.Addr().String(), make(map[net.Conn]bool)
	var running sync.WaitGroup
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := accepting.Accept()
			if err != nil {
				return
			}
			closeConn := l.add(c)
			running.Add(1)
			go func() {
				defer running.Done()
				defer closeConn()
				serve(c)
			}()
		}
	}()
	tb.Cleanup(func() {
		accepting.Close()
		<-ended
		l.Cut()
		running.Wait()
	})
}

// add makes Cut close c, until closeConn has closed it.
func (l *listener) add(c net.Conn) (closeConn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return func() {
		c.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.conns, c)
	}
}

// Cut closes all connections. New ones are accepted.
func (l *listener) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.Close()
	}
}
