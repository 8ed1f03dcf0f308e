package storetest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
)

// A site is a web application with sessions in the store under test: a server of
// net/http and what its browsers reach it by. Its connections are pipes in memory:
// they need no port, cost little, and end at once when one side closes them.
type site struct {
	c        *checker
	name     string // shown before the path if there is more than one site
	sm       *scs.SessionManager
	routes   map[string]route
	listener *pipeListener
	handler  http.Handler
	handling sync.WaitGroup // the requests being handled

	mu       sync.Mutex
	problems []string // errors and panics that the application was told of
	panicked bool     // one of them is a panic, or a call that did not return
}

// A route is what the application does for a path. The session is committed, and
// its cookie written, after it.
type route func(r *http.Request) error

// host stands in a URL where no name is looked up.
const host = "site.test"

func newSite(c *checker) *site {
	s := &site{c: c, name: strings.TrimSuffix(c.receiver, "."), listener: newPipeListener()}
	// The settings of scs.New, which would begin a memstore with a goroutine that
	// cannot be stopped for certain.
	s.sm = &scs.SessionManager{
		Lifetime:  longLifetime,
		Store:     boundStore{c},
		Codec:     scs.GobCodec{},
		ErrorFunc: s.fail,
		Cookie: scs.SessionCookie{
			Name: "session", HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode, Persist: true,
		},
	}
	s.routes = map[string]route{
		"/get": func(*http.Request) error { return nil },
		"/put": func(r *http.Request) error { s.put(r); return nil },
		"/login": func(r *http.Request) error {
			s.put(r)
			return s.sm.RenewToken(r.Context())
		},
		"/logout": s.logout,
	}
	s.handler = s.sm.LoadAndSave(http.HandlerFunc(s.serveRoute))
	s.start(c.tb)
	return s
}

// start serves until the check ends, and leaves no goroutine behind then.
func (s *site) start(tb testing.TB) {
	var open sync.WaitGroup // connections, and the goroutine that accepts them
	server := &http.Server{
		Handler:  s,
		ErrorLog: log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Done()
			}
		},
	}
	open.Add(1)
	go func() {
		defer open.Done()
		_ = server.Serve(s.listener)
	}()
	tb.Cleanup(func() {
		_ = server.Close()
		_ = s.listener.Close()
		open.Wait()
	})
}

// ServeHTTP is around the SessionManager: a panic would otherwise end in net/http's
// log.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handling.Add(1)
	defer s.handling.Done()
	debug.SetPanicOnFault(true) // scs reads what Find has returned
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		s.mu.Lock()
		s.panicked = true
		s.mu.Unlock()
		problem, ok := p.(storeProblem)
		if !ok {
			problem = storeProblem(fmt.Sprintf("a panic%s: %v", panicPlace(), p))
		}
		s.report(w, string(problem))
	}()
	s.handler.ServeHTTP(w, r)
}

func (s *site) serveRoute(w http.ResponseWriter, r *http.Request) {
	err := s.routes[r.URL.Path](r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Session", s.session(r.Context()))
}

// fail is the SessionManager's ErrorFunc.
func (s *site) fail(w http.ResponseWriter, _ *http.Request, err error) { s.report(w, formatError(err)) }

func (s *site) report(w http.ResponseWriter, problem string) {
	s.mu.Lock()
	s.problems = append(s.problems, problem)
	s.mu.Unlock()
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, problem)
}

// takeProblems returns what was reported since it was called last, as one text.
func (s *site) takeProblems() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	problems := strings.Join(s.problems, ", ")
	s.problems = nil
	return problems
}

// put stores the values of the query in the session.
func (s *site) put(r *http.Request) {
	for key, values := range r.URL.Query() {
		s.sm.Put(r.Context(), key, values[0])
	}
}

func (s *site) logout(r *http.Request) error { return s.sm.Destroy(r.Context()) }

// session shows the texts in a session, as a query.
func (s *site) session(ctx context.Context) string {
	values := make(url.Values)
	for _, key := range s.sm.Keys(ctx) {
		if text := s.sm.GetString(ctx, key); text != "" {
			values.Set(key, text)
		}
	}
	return values.Encode()
}

// browser returns a client with a jar for its cookies.
func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.c.tb.Fatal(err)
	}
	b := s.replay("")
	b.client.Jar = jar
	return b
}

// replay returns a client that sends this cookie with every request, and keeps none.
func (s *site) replay(cookie string) *browser {
	transport := &http.Transport{DialContext: s.listener.dial, DisableCompression: true}
	s.c.tb.Cleanup(transport.CloseIdleConnections)
	return &browser{c: s.c, site: s, cookie: cookie, client: &http.Client{Transport: transport}}
}

// A pipeListener accepts the connections that its method dial makes.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return host }
