package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
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

func TestNameIsText(t *testing.T) {
	_, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	b := newBrowser(t, base)
	const name = "<script>alert(1)</script>"
	for _, p := range []page{b.login(t, name), b.get(t, "/sessions")} {
		if strings.Contains(string(p), "<script") || !strings.Contains(string(p), "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("the name %s is not shown as text:\n%s", name, p)
		}
	}
}

func TestBadName(t *testing.T) {
	_, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	b := newBrowser(t, base)
	for what, form := range map[string]url.Values{
		"no name":            nil,
		"a name too long":    {"name": {strings.Repeat("x", maxName+1)}},
		"a form much longer": {"name": {"Ada"}, "padding": {strings.Repeat("x", maxForm)}},
	} {
		resp, err := b.PostForm(base+"/login", form)
		p := readPage(t, resp, err, http.StatusUnprocessableEntity)
		if !strings.Contains(string(p), "A name has") || b.token(t) != "" {
			t.Errorf("%s: token %q and the page\n%s\nwant no session, and to be told", what, b.token(t), p)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	_, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	b := newBrowser(t, base)
	b.login(t, "Ada")
	for _, path := range []string{"/login", "/logout"} {
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"} {
			req, err := http.NewRequest("POST", base+path, strings.NewReader("name=Eve"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(header, value)
			resp, err := b.Do(req)
			readPage(t, resp, err, http.StatusForbidden)
		}
	}
	if got := b.get(t, "/").heading(); got != "Hello, Ada" {
		t.Errorf("after POSTs from another site: heading %q; want %q", got, "Hello, Ada")
	}
}

// TestMethods: following a link must never log anybody in or out.
func TestMethods(t *testing.T) {
	_, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	for _, path := range []string{"/login", "/logout"} {
		resp, err := newBrowser(t, base).Get(base + path)
		readPage(t, resp, err, http.StatusMethodNotAllowed)
	}
}

// TestManySessions: the page stays within bounds, and says so when it has left
// something out.
func TestManySessions(t *testing.T) {
	store := open(t, "goredis", embedded(t))
	a, base := serveApp(t, store, t.Output())
	until := time.Now().Add(time.Hour)
	b, err := a.sessions.Codec.Encode(until, map[string]any{nameKey: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxRows + 1 {
		if err := store.CommitCtx(t.Context(), fmt.Sprintf("%043d", i), b, until); err != nil {
			t.Fatal(err)
		}
		if i+1 < maxRows {
			continue
		}
		p := newBrowser(t, base).get(t, "/sessions")
		more, wantMore := strings.Contains(string(p), "There are more"), i+1 > maxRows
		if len(p.rows()) != maxRows || more != wantMore {
			t.Errorf("of %d sessions %d are listed, and more: %v; want %d, %v", i+1, len(p.rows()), more, maxRows, wantMore)
		}
	}
}

// TestBrokenSession: one session that cannot be read must not hide the others.
func TestBrokenSession(t *testing.T) {
	store := open(t, "goredis", embedded(t))
	_, base := serveApp(t, store, t.Output())
	b := newBrowser(t, base)
	b.get(t, "/")
	if err := store.CommitCtx(t.Context(), strings.Repeat("x", 43), []byte("not gob"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	checkRows(t, b.get(t, "/sessions"), b, "cannot be read ", "not logged in you 1")
}

// failing is a store of which one method fails.
type failing struct {
	sessionStore
	method string
}

var errDown = errors.New("the store\nis down")

func (s failing) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if s.method == "find" {
		return nil, false, errDown
	}
	return s.sessionStore.FindCtx(ctx, token)
}

func (s failing) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if s.method == "commit" {
		return errDown
	}
	return s.sessionStore.CommitCtx(ctx, token, b, expiry)
}

func (s failing) DeleteCtx(ctx context.Context, token string) error {
	if s.method == "delete" {
		return errDown
	}
	return s.sessionStore.DeleteCtx(ctx, token)
}

func (s failing) Each(ctx context.Context, fn func(string, []byte) error) error {
	if s.method == "each" {
		return errDown
	}
	return s.sessionStore.Each(ctx, fn)
}

// TestStoreFails: whichever call of the store fails, the response is the error
// page and nothing else, and one line is logged.
func TestStoreFails(t *testing.T) {
	store := open(t, "goredis", embedded(t))
	for _, tt := range []struct{ method, request string }{
		{"find", "GET /"},
		{"find", "POST /logout"},
		{"commit", "GET /"},
		{"commit", "POST /login"},
		{"delete", "POST /login"},
		{"delete", "POST /logout"},
		{"each", "GET /sessions"},
	} {
		t.Run(tt.method+" "+tt.request, func(t *testing.T) {
			var logged bytes.Buffer
			_, healthy := serveApp(t, store, t.Output())
			visitor := newBrowser(t, healthy)
			visitor.get(t, "/")

			_, base := serveApp(t, failing{store, tt.method}, &logged)
			b := withToken(t, base, visitor.token(t))
			method, path, _ := strings.Cut(tt.request, " ")
			req, err := http.NewRequest(method, b.base+path, strings.NewReader("name=Ada"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := b.Do(req)
			p := readPage(t, resp, err, http.StatusInternalServerError)
			if p.heading() != "That did not work" || strings.Count(string(p), "<html") != 1 {
				t.Errorf("got the page\n%s\nwant the error page, once", p)
			}
			if strings.Contains(string(p), errDown.Error()) {
				t.Errorf("the page tells visitors about the inside:\n%s", p)
			}
			if got, want := logged.String(), tt.request+": the store is down\n"; got != want {
				t.Errorf("logged %q; want %q", got, want)
			}
		})
	}
}
