package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/scs/v2"
)

// The keys of a session's values.
const (
	nameKey   = "name"
	visitsKey = "visits"
)

const (
	maxName = 40      // characters
	maxForm = 4 << 10 // bytes; the name is all there is in a form
)

//go:embed pages.html
var pagesHTML string

var pages = template.Must(template.New("pages").Funcs(template.FuncMap{
	"left": func(t time.Time) string { return duration(time.Until(t)) },
}).Parse(pagesHTML))

func duration(d time.Duration) string {
	h, min, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, min)
	case min > 0:
		return fmt.Sprintf("%d min", min)
	}
	return fmt.Sprintf("%d s", s)
}

// app is the web application.
type app struct {
	http.Handler
	sessions *scs.SessionManager
	store    sessionStore
	logger   *log.Logger

	client, server string // for the foot of every page
}

func newApp(store sessionStore, logger *log.Logger, client, server string) *app {
	a := &app{sessions: scs.New(), store: store, logger: logger, client: client, server: server}
	a.sessions.Store = store
	// Cookies do not know ports: under scs's default name this one would replace
	// that of another application on the same machine.
	a.sessions.Cookie.Name = "demo_session"
	a.sessions.ErrorFunc = a.fail

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /sessions", a.list)

	a.Handler = guard(a.sessions.LoadAndSave(mux))
	return a
}

// guard puts around a handler what has nothing to do with sessions.
func guard(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	next = http.MaxBytesHandler(next, maxForm)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "+
			"form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(&response{ResponseWriter: w}, r)
	})
}

// response drops what a handler writes after the response has failed. scs saves
// a session at the handler's first byte: if that fails, the error page is the
// response, and the page that the handler goes on to write must not follow it.
type response struct {
	http.ResponseWriter
	failed bool
}

func (w *response) WriteHeader(status int) {
	if !w.failed {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *response) Write(b []byte) (int, error) {
	if w.failed {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// view is what the pages show.
type view struct {
	Client, Server string
	MaxName        int

	Name, Problem string
	Visits        int
	Rows          []row
	More          bool
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	visits := a.sessions.GetInt(r.Context(), visitsKey) + 1
	a.sessions.Put(r.Context(), visitsKey, visits)
	a.render(w, r, http.StatusOK, "home", view{Visits: visits})
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	name, ok := cleanName(r.PostFormValue("name"))
	if !ok {
		a.render(w, r, http.StatusUnprocessableEntity, "home", view{
			Visits:  a.sessions.GetInt(r.Context(), visitsKey),
			Problem: "A name has 1 to 40 characters that can be printed.",
		})
		return
	}
	// A token that somebody planted in this browser must not become that of a
	// visitor who is logged in.
	if err := a.sessions.RenewToken(r.Context()); err != nil {
		a.fail(w, r, err)
		return
	}
	a.sessions.Put(r.Context(), nameKey, name)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	if err := a.sessions.Destroy(r.Context()); err != nil {
		a.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// cleanName returns a name as it is shown. Only printable characters may be in
// it: others can turn the text around them upside down.
func cleanName(name string) (string, bool) {
	name = strings.Join(strings.Fields(name), " ")
	n := utf8.RuneCountInString(name)
	if n == 0 || n > maxName || !utf8.ValidString(name) {
		return "", false
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return "", false
		}
	}
	return name, true
}

// render answers with a page. It is complete before its first byte is sent.
func (a *app) render(w http.ResponseWriter, r *http.Request, status int, page string, v view) {
	v.Client, v.Server, v.MaxName = a.client, a.server, maxName
	if page != "error" {
		v.Name = a.sessions.GetString(r.Context(), nameKey)
	}
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, v); err != nil {
		a.logger.Printf("%s %s: %v", r.Method, r.URL.Path, err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// fail answers a request that the store has failed.
func (a *app) fail(w http.ResponseWriter, r *http.Request, err error) {
	a.logger.Printf("%s %s: %s", r.Method, r.URL.Path, oneLine(err))
	a.render(w, r, http.StatusInternalServerError, "error", view{})
	if w, ok := w.(*response); ok {
		w.failed = true
	}
}
