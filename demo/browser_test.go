package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// open opens a store, as the application does, and closes it with the test. Without a
// server it starts an embedded one.
func open(t *testing.T, client string, server *goredis.Options) sessionStore {
	t.Helper()
	var err error
	if server == nil {
		if server, err = startEmbedded(); err != nil {
			t.Fatal(err)
		}
	}
	store, closeStore, err := clients[client](server)
	if err != nil {
		t.Fatalf("%s, %s: %v", client, server.Addr, err)
	}
	t.Cleanup(closeStore)
	return store
}

// serveApp serves an application over HTTP and returns its URL.
func serveApp(t *testing.T, store sessionStore) (*app, string) {
	a := newApp(store, "a client", "a server")
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return a, server.URL
}

// browser is one visitor.
type browser struct {
	http.Client
	t      *testing.T
	base   *url.URL
	header http.Header // of every request
}

func newBrowser(t *testing.T, base string) *browser {
	u, _ := url.Parse(base)
	jar, _ := cookiejar.New(nil)
	return &browser{http.Client{Jar: jar}, t, u, http.Header{}}
}

// login returns a visitor who has logged in.
func login(t *testing.T, base, name, userAgent string) *browser {
	t.Helper()
	b := newBrowser(t, base)
	b.header.Set("User-Agent", userAgent)
	b.do("POST /login", "name", name)
	return b
}

// token returns the token in the browser's cookie, or "".
func (b *browser) token() string {
	for _, c := range b.Jar.Cookies(b.base) {
		if c.Name == "demo_session" {
			return c.Value
		}
	}
	return ""
}

// send sends a request like "POST /login" with the fields and values of a form, and returns
// the page that the browser ends up on, and its status.
func (b *browser) send(request string, form ...string) (page, int) {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	method, path, _ := strings.Cut(request, " ")
	req, err := http.NewRequest(method, b.base.String()+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page(body), resp.StatusCode
}

// do is send for a request that must succeed.
func (b *browser) do(request string, form ...string) page {
	b.t.Helper()
	p, status := b.send(request, form...)
	if status != http.StatusOK {
		b.t.Fatalf("%s: status %d\n%s", request, status, p)
	}
	return p
}

// wantHome checks the home page.
func (b *browser) wantHome(title, visits string) {
	b.t.Helper()
	p := b.do("GET /")
	gotTitle, gotVisits := p.find(heading), p.find(`id="visits">(\d+)<`)
	if gotTitle != title || gotVisits != visits {
		b.t.Errorf("home page has heading %q and %s visits; want %q and %s", gotTitle, gotVisits, title, visits)
	}
}

// page is the HTML of a page.
type page string

const (
	heading = `<h1>(.*)</h1>`
	endID   = `action="/end"><button name="id" value="(.*?)"`
)

// find returns the first group of what matches in the page, or "".
func (p page) find(re string) string {
	return append(regexp.MustCompile(re).FindStringSubmatch(string(p)), "", "")[1]
}

var tag = regexp.MustCompile(`<[^>]*>`)

// rows returns the text of the first cells of each row of the page's table.
func (p page) rows(cells int) []string {
	var rows []string
	for tr := range strings.SplitSeq(string(p), "<tr") {
		if all := strings.Split(tr, "</td>"); len(all) > cells { // the head has none
			rows = append(rows, tag.ReplaceAllString("<tr"+strings.Join(all[:cells], " "), ""))
		}
	}
	return rows
}
