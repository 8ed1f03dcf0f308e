package main

import (
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// open opens a store, as the application does, and closes it with the test.
func open(t *testing.T, client string, server redisServer) sessionStore {
	t.Helper()
	store, closeStore, err := openStore(t.Context(), clients[client], server)
	if err != nil {
		t.Fatalf("openStore(%s, %s): %v", client, server, err)
	}
	t.Cleanup(closeStore)
	return store
}

// embedded starts an embedded server for one test.
func embedded(t *testing.T) redisServer {
	t.Helper()
	server, stop, err := startEmbedded()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return server
}

// serveApp serves an application over HTTP and returns its URL. It logs to w.
func serveApp(t *testing.T, store sessionStore, w io.Writer) (*app, string) {
	t.Helper()
	a := newApp(store, log.New(w, "", 0), "a client", "a server")
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return a, server.URL
}

// browser is one visitor.
type browser struct {
	*http.Client
	base string
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	// Connections of its own, so that closing them harms no other test.
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{Client: &http.Client{Jar: jar, Transport: transport}, base: base}
}

// withToken is a browser that somebody has given a cookie.
func withToken(t *testing.T, base, token string) *browser {
	t.Helper()
	b := newBrowser(t, base)
	b.Jar.SetCookies(b.url(t), []*http.Cookie{{Name: "demo_session", Value: token}})
	return b
}

func (b *browser) url(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(b.base)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// token returns the token in the browser's cookie, or "".
func (b *browser) token(t *testing.T) string {
	t.Helper()
	for _, c := range b.Jar.Cookies(b.url(t)) {
		if c.Name == "demo_session" {
			return c.Value
		}
	}
	return ""
}

// get returns the page at path, which must be there.
func (b *browser) get(t *testing.T, path string) page {
	t.Helper()
	resp, err := b.Get(b.base + path)
	return readPage(t, resp, err, http.StatusOK)
}

// post sends a form and returns the page that the browser ends up on.
func (b *browser) post(t *testing.T, path string, form url.Values) page {
	t.Helper()
	resp, err := b.PostForm(b.base+path, form)
	return readPage(t, resp, err, http.StatusOK)
}

func (b *browser) login(t *testing.T, name string) page {
	t.Helper()
	return b.post(t, "/login", url.Values{"name": {name}})
}

func readPage(t *testing.T, resp *http.Response, err error, status int) page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Fatalf("%s %s: status %d; want %d\n%s", resp.Request.Method, resp.Request.URL.Path, resp.StatusCode, status, body)
	}
	return page(body)
}

// page is the HTML of a page.
type page string

var (
	heading = regexp.MustCompile(`<h1>(.*)</h1>`)
	visits  = regexp.MustCompile(`id="visits">(\d+)<`)
	tableTR = regexp.MustCompile(`(?s)<tr.*?</tr>`)
	tag     = regexp.MustCompile(`<[^>]*>`)
)

func (p page) heading() string {
	m := heading.FindStringSubmatch(string(p))
	if m == nil {
		return ""
	}
	return m[1]
}

// visits returns the number of visits that the page shows, or -1.
func (p page) visits() int {
	m := visits.FindStringSubmatch(string(p))
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// rows returns the text of the name and visits cells of the sessions listed.
func (p page) rows() []string {
	var rows []string
	for _, tr := range tableTR.FindAllString(string(p), -1) {
		cells := strings.Split(tr, "</td>")
		if len(cells) < 2 {
			continue // the head
		}
		rows = append(rows, tag.ReplaceAllString(cells[0], "")+" "+tag.ReplaceAllString(cells[1], ""))
	}
	return rows
}
