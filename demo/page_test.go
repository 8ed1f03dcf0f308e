package main

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	miniserver "github.com/alicebob/miniredis/v2/server"
)

func TestCleanName(t *testing.T) {
	long := strings.Repeat("ü", maxName)
	for _, tt := range []struct{ in, want string }{
		{"Ada", "Ada"},
		{"  Ada \t Lovelace ", "Ada Lovelace"},
		{"李白", "李白"},
		{"<b>", "<b>"}, // escaping is the template's
		{long, long},
		{long + "x", ""},
		{"", ""},
		{" ", ""},
		{"a\x00b", ""},
		{"a\xffb", ""},
		{"a\u202eb", ""}, // turns the direction of the text around
	} {
		if got, ok := cleanName(tt.in); got != tt.want || ok != (tt.want != "") {
			t.Errorf("cleanName(%q) = %q, %v; want %q, %v", tt.in, got, ok, tt.want, tt.want != "")
		}
	}
}

func TestDeviceName(t *testing.T) {
	const like = "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) %sSafari/537.36%s"
	for _, tt := range []struct{ in, want string }{
		{"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox on Linux"},
		{fmt.Sprintf(like, "Windows NT 10.0; Win64; x64", "Chrome/150.0.0.0 ", ""), "Chrome on Windows"},
		{fmt.Sprintf(like, "Windows NT 10.0; Win64; x64", "Chrome/150.0.0.0 ", " Edg/150.0.0.0"), "Edge on Windows"},
		{fmt.Sprintf(like, "Linux; Android 10; K", "Chrome/150.0.0.0 Mobile ", ""), "Chrome on Android"},
		{fmt.Sprintf(like, "Macintosh; Intel Mac OS X 10_15_7", "Version/26.0 ", ""), "Safari on macOS"},
		{fmt.Sprintf(like, "iPhone; CPU iPhone OS 26_0 like Mac OS X", "CriOS/150.0.0.0 Mobile/15E148 ", ""), "Chrome on iPhone"},
		{"curl/8.5.0", "curl"},
		{"", "Another browser"},
	} {
		if got := deviceName(tt.in); got != tt.want {
			t.Errorf("deviceName(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}

// forms are the requests that change something.
var forms = []string{"POST /login", "POST /logout", "POST /end", "POST /end-others"}

// TestRefused: what must change nothing is refused, and changes nothing.
func TestRefused(t *testing.T) {
	store := open(t, "goredis", embedded(t))
	_, base := serveApp(t, store, t.Output())
	newBrowser(t, base).login(t, "Ada")
	b := newBrowser(t, base)
	id := b.login(t, "Ada").find(endID)
	refuse := func(request string, form url.Values, status int, want string) {
		t.Helper()
		if p := b.send(t, request, form, status); !strings.Contains(string(p), want) {
			t.Errorf("%s: the page\n%s\nwant in it %q", request, p, want)
		}
		if b.header = (http.Header{}); len(b.get(t, "/").rows(1)) != 2 {
			t.Fatalf("%s ended a session", request)
		}
	}
	for what, form := range map[string]url.Values{
		"no name":            nil,
		"a name too long":    {"name": {strings.Repeat("x", maxName+1)}},
		"a form much longer": {"name": {"Eve"}, "padding": {strings.Repeat("x", maxForm)}},
	} {
		t.Log(what)
		refuse("POST /login", form, http.StatusUnprocessableEntity, "A name has")
	}
	for _, form := range forms {
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"} {
			b.header.Set(header, value)
			refuse(form, url.Values{"name": {"Eve"}, "id": {id}}, http.StatusForbidden, "cross-origin")
		}
		// Following a link must never do what a form does.
		refuse(strings.Replace(form, "POST", "GET", 1)+"?name=Eve&id="+id, nil, http.StatusMethodNotAllowed, "")
	}
}

// TestManySessions: the page stays within bounds, and says so when it has left
// something out. A session that cannot be read does not hide the others.
func TestManySessions(t *testing.T) {
	a, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	until := time.Now().Add(time.Hour)
	b, err := a.sessions.Codec.Encode(until, map[string]any{nameKey: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxRows + 1 {
		data := [][]byte{[]byte("not gob"), b}[min(i, 1)]
		if err := a.store.CommitCtx(t.Context(), fmt.Sprint(i), data, until); err != nil {
			t.Fatal(err)
		}
		if i+1 >= maxRows {
			p := newBrowser(t, base).get(t, "/sessions")
			more, wantMore := strings.Contains(string(p), "There are more"), i+1 > maxRows
			if len(p.rows(2)) != maxRows || more != wantMore {
				t.Errorf("of %d sessions %d are listed, and more: %v; want %d, %v", i+1, len(p.rows(2)), more, maxRows, wantMore)
			}
		}
	}
}

// TestServerFails: whichever two commands of a request the server answers with
// errors, the response is the error page and nothing else, and it is logged.
func TestServerFails(t *testing.T) {
	const text = "ERR the server is down"
	server := miniredis.RunT(t)
	store := open(t, "goredis", redisServer{addr: server.Addr()})
	var logged bytes.Buffer
	a, base := serveApp(t, store, &logged)
	a.wait = func() <-chan time.Time { return time.After(0) }
	for _, request := range append([]string{"GET /", "GET /slow", "GET /sessions"}, forms...) {
		run := func(failFrom int64, status int) (p page, commands int64) {
			t.Helper()
			server.Server().SetPreHook(nil)
			name := fmt.Sprint(request, failFrom)
			newBrowser(t, base).login(t, name)
			b := newBrowser(t, base)
			form := url.Values{"name": {name}, "id": {b.login(t, name).find(endID)}}
			b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			logged.Reset()
			var n atomic.Int64
			server.Server().SetPreHook(func(peer *miniserver.Peer, _ string, _ ...string) bool {
				i := n.Add(1)
				// A script may go on after one error, and Each tries again.
				fails := i == failFrom || i == failFrom+1 || i > failFrom && request == "GET /sessions"
				if fails {
					peer.WriteError(text)
				}
				return fails
			})
			return b.send(t, request, form, status), n.Load()
		}
		status := http.StatusOK
		if strings.HasPrefix(request, "POST") {
			status = http.StatusSeeOther
		}
		_, commands := run(math.MaxInt64, status)
		for n := range commands {
			p, _ := run(n+1, http.StatusServiceUnavailable)
			if p.find(heading) != "That did not work" || strings.Count(string(p), "<html") != 1 || strings.Contains(string(p), "ERR") {
				t.Errorf("%s, failing at command %d of %d: the page\n%s\nwant the error page, once, and not the error", request, n+1, commands, p)
			}
			if line := logged.String(); !strings.HasPrefix(line, request+": goredisstore: ") {
				t.Errorf("%s, failing at command %d of %d: logged %q; want the error", request, n+1, commands, line)
			}
		}
	}
}
