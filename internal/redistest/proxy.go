package redistest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy forwards connections to a server, and fails as a network does. Its methods may be
// called at any time, by any goroutine. A fault lasts until Heal or the next fault.
type Proxy struct {
	// Addr is where clients connect to, host:port.
	Addr string

	listener net.Listener
	running  sync.WaitGroup

	mu              sync.Mutex
	network, target string
	fault           *fault
	links           map[*link]bool
	closed          bool
}

// fault is what the proxy does to connections.
type fault struct {
	refuse bool
	delay  time.Duration
	stall  bool
	after  int           // bytes of replies on each connection, before it stalls
	over   chan struct{} // closed when another fault takes its place
}

// StartProxy starts a proxy for the server that net.Dial finds with network and
// target, and ends it when the test ends.
func StartProxy(tb testing.TB, network, target string) *Proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("redistest: proxy: %v", err)
	}
	p := &Proxy{
		Addr: listener.Addr().String(), network: network, target: target, listener: listener,
		fault: &fault{over: make(chan struct{})}, links: make(map[*link]bool),
	}
	p.running.Add(1)
	go p.accept()
	tb.Cleanup(p.close)
	return p
}

// Heal ends the fault. It forwards what was held back. Connections that were cut stay
// cut.
func (p *Proxy) Heal() { p.set(fault{}) }

// Cut closes all connections. New ones are forwarded.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
}

// Refuse closes all connections, and new ones at once.
func (p *Proxy) Refuse() {
	p.set(fault{refuse: true})
	p.Cut()
}

// Delay holds each reply back for d.
func (p *Proxy) Delay(d time.Duration) { p.set(fault{delay: d}) }

// Stall forwards n more bytes of replies on each connection, also on new ones,
// and holds back the rest.
func (p *Proxy) Stall(n int) { p.set(fault{stall: true, after: n}) }

// Retarget forwards new connections to another server, like a name that leads to the
// primary. The old connections stay.
func (p *Proxy) Retarget(network, target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.network, p.target = network, target
}

func (p *Proxy) set(f fault) {
	f.over = make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.fault.over)
	p.fault = &f
}

func (p *Proxy) current() *fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) accept() {
	defer p.running.Done()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		client.(*net.TCPConn).SetLinger(0) // closing sends a reset, as a port where nothing listens
		p.running.Add(1)
		go func() {
			defer p.running.Done()
			p.forward(client)
		}()
	}
}

func (p *Proxy) forward(client net.Conn) {
	defer client.Close()
	p.mu.Lock()
	network, target, refuse := p.network, p.target, p.fault.refuse
	p.mu.Unlock()
	if refuse {
		return
	}
	server, err := net.DialTimeout(network, target, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	l := &link{client: client, server: server, cut: make(chan struct{})}
	p.mu.Lock()
	if p.closed || p.fault.refuse {
		p.mu.Unlock()
		return
	}
	p.links[l] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.links, l)
	}()
	var replying sync.WaitGroup
	replying.Add(1)
	go func() {
		defer replying.Done()
		defer l.close()
		p.reply(l)
	}()
	io.Copy(server, client)
	l.close()
	replying.Wait()
}

// reply forwards what the server sends as the fault allows.
func (p *Proxy) reply(l *link) {
	var (
		f    *fault
		sent int // since f began
		buf  = make([]byte, 32<<10)
	)
	for {
		n, err := l.server.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			if current := p.current(); current != f {
				f, sent = current, 0
			}
			if f.delay > 0 && !l.wait(f, time.After(f.delay)) {
				return
			}
			n := len(b)
			if f.stall {
				n = min(n, f.after-sent)
			}
			if n == 0 {
				if !l.wait(f, nil) {
					return
				}
				continue
			}
			if _, err := l.client.Write(b[:n]); err != nil {
				return
			}
			sent, b = sent+n, b[n:]
		}
		if err != nil {
			return
		}
	}
}

// link is one connection: both halves of it.
type link struct {
	client, server net.Conn
	once           sync.Once
	cut            chan struct{} // closed when the connection is
}

func (l *link) close() {
	l.once.Do(func() {
		close(l.cut)
		l.client.Close()
		l.server.Close()
	})
}

// wait waits until f or the time is over, and reports whether the connection is still
// open.
func (l *link) wait(f *fault, after <-chan time.Time) bool {
	select {
	case <-l.cut:
		return false
	case <-f.over:
	case <-after:
	}
	return true
}
