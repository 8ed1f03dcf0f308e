package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/scsredis/stores/internal/redistest"
)

func TestParseRedisURL(t *testing.T) {
	for _, tt := range []struct{ in, addr, username, password, name string }{
		{"redis://", "localhost:6379", "", "", "localhost:6379, database 0"},
		{"redis://h:1/", "h:1", "", "", "h:1, database 0"},
		{"redis://[::1]:1/2", "[::1]:1", "", "", "[::1]:1, database 2"},
		{"redis://:p@h", "h:6379", "", "p", "h:6379, database 0"},
		{"redis://u:p%2F%40@h:1/15", "h:1", "u", "p/@", "h:1, database 15"},
		{"rediss://u:p@h", "h:6379", "u", "p", "h:6379, database 0"},
	} {
		s, err := parseRedisURL(tt.in)
		if err != nil || s.addr != tt.addr || s.username != tt.username || s.password != tt.password || s.String() != tt.name {
			t.Errorf("parseRedisURL(%q) = addr %q, username %q, password %q, shown as %q, %v; want %q, %q, %q, %q, nil",
				tt.in, s.addr, s.username, s.password, s, err, tt.addr, tt.username, tt.password, tt.name)
		}
	}
	for _, in := range []string{
		"", "h:6379", "http://h", "unix:///h", "redis://h/x", "redis://h/-1", "redis://h/0/1",
		"redis://u:hunter2/@h", "redis://u:hunter2?@h", "redis://u:hunter2%@h",
	} {
		if s, err := parseRedisURL(in); err == nil {
			t.Errorf("parseRedisURL(%q) = %v, nil; want an error", in, s)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("parseRedisURL(%q): the error has the password in it: %v", in, err)
		}
	}
}

// TestTLS: every client checks the server's certificate, and works with it.
func TestTLS(t *testing.T) {
	https := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	defer https.Close()
	m := miniredis.NewMiniRedis()
	if err := m.StartTLS(&tls.Config{Certificates: https.TLS.Certificates}); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	server, err := parseRedisURL("rediss://" + m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	for client := range clients {
		t.Run(client, func(t *testing.T) {
			if _, _, err := openStore(t.Context(), clients[client], server); err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("with a certificate that nobody vouches for: %v; want an error that says so", err)
			}
			trusting := server
			trusting.tls = https.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			open(t, client, trusting)
		})
	}
}

// TestTimePasses: a session ends on the embedded server when its time has come,
// and not before.
func TestTimePasses(t *testing.T) {
	a, base := serveApp(t, open(t, "goredis", embedded(t)), t.Output())
	a.sessions.Lifetime = time.Second
	b := newBrowser(t, base)
	start := time.Now()
	b.get(t, "/")
	redistest.Poll(t, "the session's end", func() bool {
		_, found, err := a.store.FindCtx(t.Context(), b.token())
		return !found && err == nil
	})
	// Redis drops the fraction of a millisecond.
	if alive := time.Since(start); alive < a.sessions.Lifetime-time.Millisecond {
		t.Errorf("a session with a lifetime of %v was gone after %v", a.sessions.Lifetime, alive)
	}
	checkRows(t, b.get(t, "/sessions"), 2)
}
