package storetest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// A browser is a client of a site. If the site answers with an error, its methods fail
// the check, except try, send and leave.
type browser struct {
	c      *checker
	site   *site
	jar    http.CookieJar // nil: it sends cookie and keeps none
	cookie string
}

var siteURL = &url.URL{Scheme: "http", Host: "site.test", Path: "/"}

// A response is the site's answer to a browser.
type response struct {
	text    string // the request and its answer, for messages
	ok      bool   // the status is 200
	session string // the session's values after the request
	cookie  *http.Cookie
}

// with returns the same browser reporting to another checker.
func (b *browser) with(c *checker) *browser {
	d := *b
	d.c = c
	return &d
}

// request describes a request. client says what is special about the client, or is "".
func (b *browser) request(path, client string) string {
	text := "GET " + b.site.name + path
	for _, cookie := range b.cookies() {
		text += " with cookie " + b.c.quote(cookie.Value)
	}
	return text + client
}

// cookies returns the cookies that the browser sends.
func (b *browser) cookies() []*http.Cookie {
	if b.jar == nil {
		return []*http.Cookie{{Name: b.site.sm.Cookie.Name, Value: b.cookie}}
	}
	return b.jar.Cookies(siteURL)
}

// send makes a request, but does not add it to the story. As in a server, the request's
// context ends with the request.
func (b *browser) send(ctx context.Context, path, text string) response {
	a := response{text: text}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+siteURL.Host+path, nil)
	if err != nil {
		a.text += " = " + formatError(err)
		return a
	}
	for _, cookie := range b.cookies() {
		// AddCookie would change values that no server sends.
		req.Header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	recorder := httptest.NewRecorder()
	b.site.ServeHTTP(recorder, req)
	resp := recorder.Result()
	if b.jar != nil {
		b.jar.SetCookies(siteURL, resp.Cookies())
	}

	a.text += " = " + strconv.Itoa(resp.StatusCode)
	a.ok = resp.StatusCode == http.StatusOK
	if !a.ok {
		a.text += ", " + recorder.Body.String()
		return a
	}
	a.session = resp.Header.Get("Session")
	if path == "/get" {
		a.text += fmt.Sprintf(", session %q", a.session)
	}
	for _, cookie := range resp.Cookies() {
		if cookie.Name != b.site.sm.Cookie.Name {
			continue
		}
		a.cookie = cookie
		switch {
		case cookie.MaxAge < 0:
			a.text += ", the cookie removed"
		default:
			a.text += ", cookie " + b.c.quote(cookie.Value)
			if cookie.Expires.IsZero() {
				a.text += " without an expiry"
			}
		}
	}
	return a
}

// try makes a request.
func (b *browser) try(path string) response {
	a := b.send(context.Background(), path, b.request(path, ""))
	b.c.rememberEvent(a.text)
	return a
}

// do makes a request. If the answer is an error, the check fails and ends.
func (b *browser) do(path string) response {
	b.c.tb.Helper()
	a := b.try(path)
	if !a.ok {
		b.c.failAnswer("want 200")
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
		b.c.failAnswer("want a session cookie")
		b.c.stop()
	}
	return a.cookie.Value
}

// wantSession demands that a request finds this session, or none if want is "".
func (b *browser) wantSession(want string) {
	b.c.tb.Helper()
	if a := b.do("/get"); a.session != want {
		b.c.failAnswer(fmt.Sprintf("want session %q", want))
	}
}

// wantNoCookie demands that a request finds this session and gets no cookie.
func (b *browser) wantNoCookie(want string) {
	b.c.tb.Helper()
	if a := b.do("/get"); a.session != want || a.cookie != nil {
		b.c.failAnswer(fmt.Sprintf("want session %q and no cookie", want))
	}
}

// forkStory returns a checker whose story begins with this one's and then continues
// separately.
func (c *checker) forkStory() *checker {
	d := *c
	d.trace = &trace{calls: slices.Clone(c.trace.calls)}
	return &d
}

// failAnswer reports the latest answer of a site, and the story before it.
func (c *checker) failAnswer(want string) {
	c.tb.Helper()
	c.failf("%s; %s", c.story("", c.popCall()), want)
}

// leave makes a request, and cancels it when the application has begun to handle it and
// the delay is over. It waits for the application, and returns the errors that this was
// told of.
func (b *browser) leave(path, client string, begun <-chan struct{}, delay time.Duration) (problems string) {
	b.c.tb.Helper()
	b.site.takeProblems()
	text := b.request(path, " by a client that leaves "+client)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.send(ctx, path, text)
	}()
	select {
	case <-begun:
		time.Sleep(delay)
	case <-done: // it failed before the application began to handle it
	}
	cancel()
	<-done
	if problems = b.site.takeProblems(); problems == "" {
		b.c.rememberEvent(text + " = no error")
	} else {
		b.c.rememberEvent(text + " = " + problems)
	}
	return problems
}
