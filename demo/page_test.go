package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	miniserver "github.com/alicebob/miniredis/v2/server"
	goredis "github.com/redis/go-redis/v9"
)

func TestDeviceName(t *testing.T) {
	const like = "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) %sSafari/537.36"
	for _, tt := range []struct{ in, want string }{
		{"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox on Linux"},
		{fmt.Sprintf(like, "Linux; Android 10; K", "Chrome/150.0.0.0 Mobile "), "Chrome on Android"},
		{fmt.Sprintf(like, "iPhone; CPU iPhone OS 26_0 like Mac OS X", "Version/26.0 "), "Safari on iPhone"},
		{"", "Another browser on another system"},
	} {
		if got := deviceName(tt.in); got != tt.want {
			t.Errorf("deviceName(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}

// forms are the requests that change something.
var forms = []string{"POST /login", "POST /logout", "POST /end", "POST /end-others"}

// TestRefused: requests that must change nothing are refused, and change nothing.
func TestRefused(t *testing.T) {
	_, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	newBrowser(t, base).login(t, "Ada")
	b := newBrowser(t, base)
	id := b.login(t, "Ada").find(endID)
	refuse := func(request string, form url.Values, want int) {
		t.Helper()
		if _, status := b.send(t, request, form); status != want {
			t.Errorf("%s with %v: status %d; want %d", request, form, status, want)
		}
		if b.header = (http.Header{}); len(b.get(t, "/").rows(1)) != 2 {
			t.Fatalf("%s ended a session", request)
		}
	}
	for _, name := range []string{"", " ", strings.Repeat("ü", 41), "a\x00b", "a\u202eb" /* right to left */} {
		refuse("POST /login", url.Values{"name": {name}}, http.StatusUnprocessableEntity)
	}
	refuse("POST /login", url.Values{"name": {"Eve"}, "padding": {strings.Repeat("x", maxForm)}}, http.StatusUnprocessableEntity)
	for _, form := range forms {
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"} {
			b.header.Set(header, value)
			refuse(form, url.Values{"name": {"Eve"}, "id": {id}}, http.StatusForbidden)
		}
		// Following a link must never do what a form does.
		refuse(strings.Replace(form, "POST", "GET", 1)+"?name=Eve&id="+id, nil, http.StatusMethodNotAllowed)
	}
}

// TestManySessions: the page stays within bounds, and says so when it has left
// something out. Sessions that cannot be read are listed.
func TestManySessions(t *testing.T) {
	store := open(t, "goredis", embedded(t))
	_, base := serveApp(t, store, t.Output())
	for i := range maxRows + 1 {
		if err := store.CommitCtx(t.Context(), fmt.Sprint(i), []byte("not gob"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if i+1 < maxRows {
			continue
		}
		p := newBrowser(t, base).get(t, "/sessions")
		rows, more := len(p.rows(2)), strings.Contains(string(p), "There are more")
		if wantMore := i+1 > maxRows; rows != maxRows || more != wantMore {
			t.Errorf("of %d sessions %d are listed, and more: %v; want %d, %v", i+1, rows, more, maxRows, wantMore)
		}
	}
}

// TestServerFails: if the server answers any command of a request and those after it
// with errors, the response is the error page and nothing else, and the error is logged.
func TestServerFails(t *testing.T) {
	server := miniredis.RunT(t)
	var logged bytes.Buffer
	a, base := serveApp(t, open(t, "goredis", &goredis.Options{Addr: server.Addr()}), &logged)
	a.wait = func() <-chan time.Time { return time.After(0) }
	for _, request := range append([]string{"GET /", "GET /slow", "GET /sessions"}, forms...) {
		for first := int64(1); ; first++ { // the first command that fails
			server.Server().SetPreHook(nil)
			name := fmt.Sprint(request, first)
			newBrowser(t, base).login(t, name)
			b := newBrowser(t, base)
			form := url.Values{"name": {name}, "id": {b.login(t, name).find(endID)}}
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
			p, status := b.send(t, request, form)
			if commands.Load() < first {
				break // none has failed
			}
			if status != http.StatusServiceUnavailable || p.find(heading) != "That did not work" || strings.Count(string(p), "<html") != 1 {
				t.Errorf("%s, failing from command %d on: status %d and the page\n%s\nwant 503 and the error page, once", request, first, status, p)
			}
			if line := logged.String(); !strings.HasPrefix(line, request+": goredisstore: ") || strings.Contains(string(p), "ERR") {
				t.Errorf("%s, failing from command %d on: logged %q; want the error, there alone", request, first, line)
			}
		}
	}
}
