package production

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
)

// TestServing tests an application whose Redis stops and restarts. The application itself
// is stopped during a request.
func TestServing(t *testing.T) {
	redisServer := redistest.Start(t, redistest.Options{Durable: true})
	client := redis.NewClient(&redis.Options{Addr: redisServer.Addr, MaxRetries: 1, DialerRetries: 1})
	store, sessions := goredisstore.New(client), scs.New()
	sessions.Store, sessions.ErrorFunc = store, Unavailable
	ctx, stop := context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.Handle("/ready", Ready(store)) // without LoadAndSave
	mux.Handle("/", sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			stop()
			time.Sleep(100 * time.Millisecond) // the server shuts down during this time
			fallthrough
		case "/login":
			sessions.Put(r.Context(), "user", r.FormValue("user"))
		}
		io.WriteString(w, "Hello "+sessions.GetString(r.Context(), "user"))
	})))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error)
	go func() { stopped <- Serve(ctx, &http.Server{Handler: mux}, listener, 10*time.Second, client.Close) }()
	want := func(browser *http.Client, path string, status int, body string) {
		t.Helper()
		resp, err := browser.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, err := io.ReadAll(resp.Body); resp.StatusCode != status || string(got) != body {
			t.Errorf("%s = %d %q, %v; want %d %q", path, resp.StatusCode, got, err, status, body)
		}
	}
	jar, _ := cookiejar.New(nil)
	anna, stranger := &http.Client{Jar: jar}, http.DefaultClient
	const sorry = "Please try again in a moment.\n"
	want(anna, "/login?user=anna", 200, "Hello anna")
	want(anna, "/", 200, "Hello anna")
	want(stranger, "/ready", 200, "")
	redisServer.Stop(t)
	want(anna, "/", 503, sorry)
	want(stranger, "/", 200, "Hello ")
	want(stranger, "/login?user=eve", 503, sorry+"Hello eve") // scs continues with the page
	want(stranger, "/ready", 503, "not ready\n")
	redisServer.Restart(t)
	want(anna, "/", 200, "Hello anna")
	want(stranger, "/ready", 200, "")
	want(stranger, "/slow?user=bob", 200, "Hello bob")
	if err := <-stopped; err != nil || client.Ping(ctx).Err() != redis.ErrClosed {
		t.Errorf("Serve = %v; want <nil>, and that the client is closed", err)
	}
	if n := redisServer.Do(t, "DBSIZE"); n != int64(2) {
		t.Errorf("%d sessions; want anna's and bob's", n)
	}
}
