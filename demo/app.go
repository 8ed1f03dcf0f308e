package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"log"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// The keys of a session's values.
const (
	nameKey   = "name" // of the user who is logged in; the stores know it as the UserKey
	visitsKey = "visits"
	deviceKey = "device" // the browser, in words
	seenKey   = "seen"   // the last visit, in Unix seconds
)

const (
	maxForm  = 4 << 10         // bytes; a form has one short field
	slowness = 5 * time.Second // of the slow page
)

// names have no control characters, and none that change the direction of a text.
var names = regexp.MustCompile(`^[^\pC]{1,40}$`)

//go:embed pages.html
var pagesHTML string

var pages = template.Must(template.New("pages").Funcs(template.FuncMap{
	"slowness": slowness.Seconds,
	"since":    func(t time.Time) time.Duration { return time.Since(t).Round(time.Second) },
	"until":    func(t time.Time) time.Duration { return time.Until(t).Round(time.Second) },
}).Parse(pagesHTML))

// app is the web application.
type app struct {
	http.Handler
	sessions *scs.SessionManager
	store    sessionStore

	client, server string // for the foot of every page

	sleep func(time.Duration) // for the slow page
}

func newApp(store sessionStore, client, server string) *app {
	a := &app{sessions: scs.New(), store: store, client: client, server: server, sleep: time.Sleep}
	a.sessions.Store = store
	// Cookies do not know ports: under scs's default name this one would replace
	// that of another application on the same machine.
	a.sessions.Cookie.Name = "demo_session"
	a.sessions.ErrorFunc = a.fail

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("POST /end", a.endDevice)
	mux.HandleFunc("POST /end-others", a.endOtherDevices)
	mux.HandleFunc("GET /slow", a.slow)
	mux.HandleFunc("GET /sessions", a.list)

	protected := http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(a.sessions.LoadAndSave(mux), maxForm))
	a.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "+
			"form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		protected.ServeHTTP(w, r)
	})
	return a
}

// view is what the pages show.
type view struct {
	Client, Server string

	Name   string
	Visits int
	Rows   []row
	More   bool // there are more sessions than Rows
	Live   bool
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	devices, err := a.devices(r.Context())
	visits := a.sessions.GetInt(r.Context(), visitsKey) + 1
	a.sessions.Put(r.Context(), visitsKey, visits)
	a.sessions.Put(r.Context(), seenKey, time.Now().Unix())
	a.render(w, r, "home", view{Visits: visits, Rows: devices}, err)
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.PostFormValue("name"))
	if !names.MatchString(name) {
		http.Error(w, "A name has 1 to 40 characters that can be printed.", http.StatusUnprocessableEntity)
		return
	}
	// Somebody may have planted a token in this browser. A visitor who logs in must get
	// a new one.
	err := a.sessions.RenewToken(r.Context())
	if err == nil {
		a.sessions.Put(r.Context(), nameKey, name)
		a.sessions.Put(r.Context(), deviceKey, deviceName(r.UserAgent()))
		a.sessions.Put(r.Context(), seenKey, time.Now().Unix())
	}
	a.goHome(w, r, err)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.goHome(w, r, a.sessions.Destroy(r.Context()))
}

// goHome answers a form. err is what the store returned.
func (a *app) goHome(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		a.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// render answers with a page, or with that for err.
func (a *app) render(w http.ResponseWriter, r *http.Request, page string, v view, err error) {
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v.Name = a.sessions.GetString(r.Context(), nameKey)
	a.write(w, http.StatusOK, page, v)
}

// fail answers a request for which the store has returned an error.
func (a *app) fail(w http.ResponseWriter, r *http.Request, err error) {
	log.Printf("%s %s: %s", r.Method, r.URL.Path, oneLine(err))
	w.Header().Set("Retry-After", "5")
	w.Header().Set("Connection", "close") // net/http does it after a page that it has dropped
	a.write(w, http.StatusServiceUnavailable, "error", view{})
}

// write sends a page, which is complete before its first byte is sent.
func (a *app) write(w http.ResponseWriter, status int, page string, v view) {
	v.Client, v.Server = a.client, a.server
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, v); err != nil {
		panic(err) // a mistake in the template
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// scs commits the session at the handler's first byte. If that fails, it lets fail answer
	// first. Then net/http drops the handler's page, because fail's has said its length.
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
