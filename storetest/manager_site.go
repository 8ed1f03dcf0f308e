package storetest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/alexedwards/scs/v2"
)

// A site is a web application with sessions in the store under test. Its browsers call
// its handler as a server of net/http would.
type site struct {
	c       *checker
	name    string // shown before the path if there is more than one site
	sm      *scs.SessionManager
	routes  map[string]route
	handler http.Handler
}

// A route handles the requests of a path. scs commits the session and writes its cookie
// afterwards.
type route func(r *http.Request) error

func newSite(c *checker) *site {
	s := &site{c: c, name: strings.TrimSuffix(c.receiver, ".")}
	// These are the settings of scs.New. scs.New itself would start a memstore, whose
	// goroutine cannot be stopped reliably.
	s.sm = &scs.SessionManager{
		Lifetime:  longLifetime,
		Store:     boundStore{c.store, c},
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
	return s
}

func (s *site) serveRoute(w http.ResponseWriter, r *http.Request) {
	if err := s.routes[r.URL.Path](r); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Session", s.session(r.Context()))
}

// fail is also the SessionManager's ErrorFunc.
func (s *site) fail(w http.ResponseWriter, _ *http.Request, err error) {
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, ", "+formatError(err))
}

// put stores the values of the query in the session.
func (s *site) put(r *http.Request) {
	for key, values := range r.URL.Query() {
		s.sm.Put(r.Context(), key, values[0])
	}
}

func (s *site) logout(r *http.Request) error { return s.sm.Destroy(r.Context()) }

// session returns the texts in a session, in the form of a query.
func (s *site) session(ctx context.Context) string {
	values := make(url.Values)
	for _, key := range s.sm.Keys(ctx) {
		if text := s.sm.GetString(ctx, key); text != "" {
			values.Set(key, text)
		}
	}
	return values.Encode()
}

// browser returns a client that keeps its cookie.
func (s *site) browser() *browser { return &browser{c: s.c, site: s, keeps: true} }

// replay returns a client that sends this cookie with every request and keeps none.
func (s *site) replay(cookie string) *browser { return &browser{c: s.c, site: s, cookie: cookie} }
