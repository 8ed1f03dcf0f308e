package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	miniserver "github.com/alicebob/miniredis/v2/server"
	goredis "github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redistest"
)

// TestApp drives the application as its visitors do, on the embedded server, and with each
// client in a database of a real one.
func TestApp(t *testing.T) {
	t.Run("Embedded", func(t *testing.T) { testApp(t, open(t, "goredis", nil)) })
	const password = "s/e:c@r#e?t"
	server := redistest.Start(t, redistest.Options{TLS: true, Args: []string{
		"--user", "demo", "on", ">" + password, "~demo:session:*", "+@all",
		"--user", "default", "on", "nopass", "-@all", "+info", "+dbsize", // takes any password
	}})
	db := 0
	for client := range clients {
		db++
		t.Run(client, func(t *testing.T) {
			u := server.URLFor("demo", password)
			u.Path = strconv.Itoa(db)
			s, err := parseRedisURL(u.String())
			if err != nil {
				t.Fatal(err)
			}
			s.TLSConfig.RootCAs, s.TLSConfig.Certificates = server.TLS.RootCAs, server.TLS.Certificates
			testApp(t, open(t, client, s))
		})
	}
	if n := server.Do(t, "DBSIZE"); n != int64(0) {
		t.Errorf("%v keys are in database 0; want all in the databases that the URLs name", n)
	}
}

func testApp(t *testing.T, store sessionStore) {
	a, base := serveApp(t, store)
	visitor, ada := newBrowser(t, base), newBrowser(t, base)
	wantRows(t, visitor.do("GET /sessions"), 2)
	if visitor.token() != "" {
		t.Error("looking at the list of sessions started one")
	}
	wantDead := func(token string) {
		t.Helper()
		if _, found, err := store.FindCtx(t.Context(), token); found || err != nil {
			t.Errorf("found = %v, %v; want the session to have ended", found, err)
		}
	}

	// Logging in keeps the session and changes the token.
	ada.wantHome("Hello", "1")
	ada.wantHome("Hello", "2")
	before := ada.token()
	ada.header.Set("User-Agent", "X11; Linux x86_64; Firefox/150.0")
	ada.do("POST /login", "name", "Ada")
	wantDead(before)
	ada.wantHome("Hello, Ada", "4")
	phone, laptop := login(t, base, "Ada", "Linux; Android 10; Chrome/150.0 Mobile Safari/537.36"), login(t, base, "Ada", "curl/8")
	eve := login(t, base, "<i>Eve", "")
	visitor.wantHome("Hello", "1")

	// Both lists mark this session, and have no whole token. What is no session is listed.
	if err := store.CommitCtx(t.Context(), "token", []byte("not gob"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	list, home := ada.do("GET /sessions"), ada.do("GET /")
	wantRows(t, list, 2, "Ada you 4", "Ada 1", "Ada 1", "&lt;i&gt;Eve 1", "not logged in 1", "cannot be read 0")
	wantRows(t, home, 1, "Firefox on Linux this device", "Chrome on Android", "curl on another system")
	if first := home.rows(1)[0]; first != "Firefox on Linux this device" {
		t.Errorf("the first device is %q; want this one", first)
	}
	for _, b := range []*browser{ada, phone, laptop, eve, visitor} {
		if strings.Contains(string(list+home), b.token()) {
			t.Error("a page has a whole token in it")
		}
	}

	// A user ends their own sessions, and nobody else does.
	laptop.header.Set("User-Agent", "iPhone; like Mac OS X; Version/26.0 Safari")
	laptop.do("POST /login", "name", "Ada")
	id := laptop.do("GET /").find(`(?s)Firefox on Linux.*?` + endID)
	for _, b := range []*browser{eve, visitor} {
		b.do("POST /end", "id", id)
		b.do("POST /end-others")
	}
	ada.wantHome("Hello, Ada", "6")
	token := ada.token()
	wantRows(t, laptop.do("POST /end", "id", id), 1, "Safari on iPhone this device", "Chrome on Android")
	wantDead(token)
	ada.wantHome("Hello", "1")
	wantRows(t, laptop.do("POST /end-others"), 1, "Safari on iPhone this device")
	phone.wantHome("Hello", "1")
	eve.wantHome("Hello, &lt;i&gt;Eve", "4")

	// A request that is under way does not bring back a session that has ended.
	a.sleep = func(time.Duration) {}
	if got := laptop.do("GET /slow").find(heading); got != "Your session goes on" {
		t.Errorf("the slow page has heading %q", got)
	}
	laptop.wantHome("Hello, Ada", "6")
	token = laptop.token()
	a.sleep = func(time.Duration) { laptop.do("POST /logout") } // in another tab
	if got := laptop.do("GET /slow").find(heading); got != "Your session has ended" {
		t.Errorf("after a logout the slow page has heading %q", got)
	}
	if laptop.token() != token {
		t.Error("the slow page has not brought back the cookie that it began with")
	}
	laptop.wantHome("Hello", "1")
}

// wantRows checks the first cells of a page's table, in any order.
func wantRows(t *testing.T, p page, cells int, want ...string) {
	t.Helper()
	got := p.rows(cells)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("sessions %q; want %q", got, want)
	}
}

// forms are the requests that change something.
var forms = []string{"POST /login", "POST /logout", "POST /end", "POST /end-others"}

// TestRefused: requests that must change nothing are refused, and change nothing.
func TestRefused(t *testing.T) {
	_, base := serveApp(t, open(t, "goredis", nil))
	login(t, base, "Ada", "")
	b := login(t, base, "Ada", "")
	id := b.do("GET /").find(endID)
	refuse := func(request string, want int, form ...string) {
		t.Helper()
		if _, status := b.send(request, form...); status != want {
			t.Errorf("%s with %q: status %d; want %d", request, form, status, want)
		}
		if b.header = (http.Header{}); len(b.do("GET /").rows(1)) != 2 {
			t.Fatalf("%s ended a session", request)
		}
	}
	for _, name := range []string{"", " ", strings.Repeat("ü", 41), "a\x00b", "a\u202eb" /* right to left */} {
		refuse("POST /login", http.StatusUnprocessableEntity, "name", name)
	}
	for _, form := range forms {
		b.header.Set("Sec-Fetch-Site", "cross-site")
		refuse(form, http.StatusForbidden, "name", "Eve", "id", id)
		// Following a link must never do what a form does.
		refuse(strings.Replace(form, "POST", "GET", 1)+"?name=Eve&id="+id, http.StatusMethodNotAllowed)
	}
}

// TestManySessions: the list ends after maxRows sessions, and says so.
func TestManySessions(t *testing.T) {
	store := open(t, "goredis", nil)
	_, base := serveApp(t, store)
	for i := range maxRows + 1 {
		if err := store.CommitCtx(t.Context(), fmt.Sprintf("token-%d", i), []byte("not gob"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	p := newBrowser(t, base).do("GET /sessions")
	if rows := len(p.rows(2)); rows != maxRows || !strings.Contains(string(p), "There are more") {
		t.Errorf("%d of %d sessions are listed; want %d, and the words that there are more", rows, maxRows+1, maxRows)
	}
}

// TestServerFails: if the server answers any command of a request and those after it
// with errors, the response is the error page and nothing else, and the error is logged.
func TestServerFails(t *testing.T) {
	server := miniredis.RunT(t)
	a, base := serveApp(t, open(t, "goredis", &goredis.Options{Addr: server.Addr()}))
	a.sleep = func(time.Duration) {}
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	for _, request := range append([]string{"GET /", "GET /slow", "GET /sessions"}, forms...) {
		for first := int64(1); ; first++ { // the first command that fails
			server.Server().SetPreHook(nil)
			name := fmt.Sprint(request, first)
			login(t, base, name, "")
			b := login(t, base, name, "")
			id := b.do("GET /").find(endID)
			b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			logged.Reset()
			var commands atomic.Int64
			server.Server().SetPreHook(func(peer *miniserver.Peer, _ string, _ ...string) bool {
				fails := commands.Add(1) >= first
				if fails {
					peer.WriteError("ERR the server is down")
				}
				return fails
			})
			p, status := b.send(request, "name", name, "id", id)
			if commands.Load() < first {
				break // none has failed
			}
			if status != http.StatusServiceUnavailable || p.find(heading) != "That did not work" || strings.Count(string(p), "<html") != 1 {
				t.Errorf("%s, failing from command %d on: status %d and the page\n%s\nwant 503 and the error page, once", request, first, status, p)
			}
			if line := logged.String(); !strings.Contains(line, request+": goredisstore: ") || strings.Contains(string(p), "ERR") {
				t.Errorf("%s, failing from command %d on: logged %q; want the error, there alone", request, first, line)
			}
		}
	}
}
