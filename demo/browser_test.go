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

	goredis "github.com/redis/go-redis/v9"
)

// open opens a store, as the application does, and closes it with the test.
func open(t *testing.T, client string, server *goredis.Options) sessionStore {
	t.Helper()
	store, closeStore, err := openStore(clients[client], server)
	if err != nil {
		t.Fatalf("openStore(%s, %s): %v", client, server.Addr, err)
	}
	t.Cleanup(closeStore)
	return store
}

// embedded starts an embedded server for one test.
func embedded(t *testing.T) *goredis.Options {
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
	http.Client
	base   *url.URL
	header http.Header // of every request
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{http.Client{Jar: jar}, u, http.Header{}}
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

// send sends a request like "POST /login" and returns the page that the browser
// ends up on, and its status.
func (b *browser) send(t *testing.T, request string, form url.Values) (page, int) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	req, err := http.NewRequest(method, b.base.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = b.header.Clone()
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page(body), resp.StatusCode
}

func (b *browser) get(t *testing.T, path string) page {
	t.Helper()
	return b.must(t, "GET "+path, nil)
}

func (b *browser) post(t *testing.T, path, key, value string) page {
	t.Helper()
	return b.must(t, "POST "+path, url.Values{key: {value}})
}

func (b *browser) must(t *testing.T, request string, form url.Values) page {
	t.Helper()
	p, status := b.send(t, request, form)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", request, status, p)
	}
	return p
}

func (b *browser) login(t *testing.T, name string) page {
	t.Helper()
	return b.post(t, "/login", "name", name)
}

// page is the HTML of a page.
type page string

var (
	heading = regexp.MustCompile(`<h1>(.*)</h1>`)
	visits  = regexp.MustCompile(`id="visits">(\d+)<`)
	tableTR = regexp.MustCompile(`(?s)<tr.*?</tr>`)
	tag     = regexp.MustCompile(`<[^>]*>`)
	endID   = regexp.MustCompile(`action="/end"><button name="id" value="(.*?)"`)
)

// find returns the first group of what matches in the page, or "".
func (p page) find(re *regexp.Regexp) string {
	return append(re.FindStringSubmatch(string(p)), "", "")[1]
}

// visits returns the number of visits that the page shows, or 0.
func (p page) visits() int {
	n, _ := strconv.Atoi(p.find(visits))
	return n
}

// rows returns the text of the first cells of each row of the page's table.
func (p page) rows(cells int) []string {
	var rows []string
	for _, tr := range tableTR.FindAllString(string(p), -1) {
		if all := strings.Split(tr, "</td>"); len(all) > cells { // the head has none
			rows = append(rows, tag.ReplaceAllString(strings.Join(all[:cells], " "), ""))
		}
	}
	return rows
}
