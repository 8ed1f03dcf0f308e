package redistest

import (
	"io"
	"net"
	"testing"
	"time"
)

// Proxy forwards connections to a server, and fails as a network does. Its methods may be
// called at any time, by any goroutine. A fault lasts until Heal or the next fault.
type Proxy struct {
	listener

	network, target string
	fault           *fault
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
	p := &Proxy{network: network, target: target, fault: &fault{over: make(chan struct{})}}
	p.listen(tb, p.forward)
	return p
}

// Heal ends the fault. It forwards what was held back. Connections that were cut stay
// cut.
func (p *Proxy) Heal() { p.set(fault{}) }

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

func (p *Proxy) forward(client net.Conn) {
	client.(*net.TCPConn).SetLinger(0) // closing sends a reset, as a port where nothing listens
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
	closeServer := p.add(server)
	cut, replied := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(replied)
		defer client.Close()
		p.reply(client, server, cut)
	}()
	io.Copy(server, client) // until either is closed
	close(cut)
	closeServer()
	<-replied
}

// reply forwards what the server sends as the fault allows, until cut is closed.
func (p *Proxy) reply(client, server net.Conn, cut <-chan struct{}) {
	var (
		f    *fault
		sent int // since f began
		buf  = make([]byte, 32<<10)
	)
	for {
		n, err := server.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			if current := p.current(); current != f {
				f, sent = current, 0
			}
			if f.delay > 0 && !wait(f, time.After(f.delay), cut) {
				return
			}
			n := len(b)
			if f.stall {
				n = min(n, f.after-sent)
			}
			if n == 0 {
				if !wait(f, nil, cut) {
					return
				}
				continue
			}
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
			sent, b = sent+n, b[n:]
		}
		if err != nil {
			return
		}
	}
}

// wait waits until f or the time is over. It returns false if the connection was cut.
func wait(f *fault, after <-chan time.Time, cut <-chan struct{}) bool {
	select {
	case <-cut:
		return false
	case <-f.over:
	case <-after:
	}
	return true
}
