package storetest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// A browser is a client of a site. If the site answers with an error, its methods fail
// the check, except try, send and start.
type browser struct {
	c      *checker
	site   *site
	cookie string // what it sends, or ""
	keeps  bool   // it sends the cookie of an answer from then on
}

// A response is the site's answer to a browser.
type response struct {
	request  string // in words, as text
	text     string // the request and its answer
	ok       bool   // the status is 200
	panicked bool   // the store has panicked or not returned
	session  string // the session's values after the request
	cookie   *http.Cookie
}

// with returns the same browser reporting to another checker.
func (b *browser) with(c *checker) *browser {
	d := *b
	d.c = c
	return &d
}

// send makes a request, but does not add it to the story. client says what is special
// about the client, or is "". As in a server, the request's context ends with the request.
func (b *browser) send(ctx context.Context, path, client string) response {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	a := response{request: "GET " + b.site.name + path}
	if b.cookie != "" {
		a.request += " with cookie " + b.c.quote(b.cookie)
		// AddCookie would change values that no server sends.
		req.Header.Set("Cookie", b.site.sm.Cookie.Name+"="+b.cookie)
	}
	a.request += client
	recorder := httptest.NewRecorder()
	if problem := recovered(func() { b.site.handler.ServeHTTP(recorder, req) }); problem != "" {
		a.text, a.panicked = a.request+" "+problem, true
		return a
	}
	resp := recorder.Result()
	a.text = a.request + " = " + strconv.Itoa(resp.StatusCode) + recorder.Body.String()
	a.ok = resp.StatusCode == http.StatusOK
	a.session = resp.Header.Get("Session")
	if path == "/get" && a.ok {
		a.text += fmt.Sprintf(", session %q", a.session)
	}
	for _, cookie := range resp.Cookies() {
		a.cookie = cookie
		if b.keeps {
			b.cookie = cookie.Value
		}
		if cookie.MaxAge < 0 {
			a.text += ", the cookie removed"
			continue
		}
		a.text += ", cookie " + b.c.quote(cookie.Value)
		if cookie.Expires.IsZero() {
			a.text += " without an expiry"
		}
	}
	return a
}

// start makes a request in a goroutine. It waits until the application has begun to handle
// it, and wait until it is done.
func (b *browser) start(ctx context.Context, path, client string, begun <-chan struct{}) (wait func() response) {
	done := make(chan response, 1)
	go func() { done <- b.send(ctx, path, client) }()
	select {
	case <-begun:
	case a := <-done: // it has failed before
		done <- a
	}
	return func() response { return <-done }
}

// try makes a request.
func (b *browser) try(path string) response {
	a := b.send(context.Background(), path, "")
	b.c.rememberEvent(a.text)
	return a
}

// do makes a request. If the answer is an error, the check fails and ends.
func (b *browser) do(path string) response {
	b.c.tb.Helper()
	a := b.try(path)
	if !a.ok {
		b.c.failLast("", "200")
		b.c.stop()
	}
	return a
}

// doCookie makes a request whose answer must have a session cookie, and returns the token
// in it.
func (b *browser) doCookie(path string) (token string) {
	b.c.tb.Helper()
	a := b.do(path)
	if a.cookie == nil || a.cookie.Value == "" {
		b.c.failLast("", "a session cookie")
		b.c.stop()
	}
	return a.cookie.Value
}

// wantSession demands that a request finds this session, or none if want is "".
func (b *browser) wantSession(want string) {
	b.c.tb.Helper()
	if a := b.do("/get"); a.session != want {
		b.c.failLast("", fmt.Sprintf("session %q", want))
	}
}

// wantNoCookie demands that a request finds this session and gets no cookie.
func (b *browser) wantNoCookie(want string) {
	b.c.tb.Helper()
	if a := b.do("/get"); a.session != want || a.cookie != nil {
		b.c.failLast("", fmt.Sprintf("session %q and no cookie", want))
	}
}

// forkStory returns a checker whose story begins with this one's and then continues
// separately.
func (c *checker) forkStory() *checker {
	d := *c
	d.trace = &trace{before: c.trace}
	return &d
}
