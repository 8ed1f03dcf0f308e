package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/storetest"
)

func TestParseRedisURL(t *testing.T) {
	for _, tt := range []struct {
		in, addr, username, password string
		db                           int
		tls                          bool
	}{
		{"redis://", "localhost:6379", "", "", 0, false},
		{"redis://[::1]:1/2", "[::1]:1", "", "", 2, false},
		{"redis://:p@h", "h:6379", "", "p", 0, false},
		{"rediss://u:p%2F%40@h:1/15", "h:1", "u", "p/@", 15, true},
	} {
		s, err := parseRedisURL(tt.in)
		if err != nil {
			t.Errorf("parseRedisURL(%q): %v", tt.in, err)
		} else if s.Addr != tt.addr || s.Username != tt.username || s.Password != tt.password || s.DB != tt.db || s.TLSConfig != nil != tt.tls {
			t.Errorf("parseRedisURL(%q) = %+v; want %+v", tt.in, s, tt)
		}
	}
	for _, in := range []string{
		"", "h:6379", "http://h", "unix:///h", "redis://h/x", "redis://h/-1", "redis://h/0/1",
		"redis://u:hunter2/@h", "redis://u:hunter2?@h", "redis://u:hunter2%@h",
	} {
		if s, err := parseRedisURL(in); err == nil {
			t.Errorf("parseRedisURL(%q) = %v, nil; want an error", in, s.Addr)
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
	for client := range clients {
		t.Run(client, func(t *testing.T) {
			server, err := parseRedisURL("rediss://" + m.Addr())
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := openStore(clients[client], server); err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("with a certificate that nobody vouches for: %v; want an error that says so", err)
			}
			server.TLSConfig.RootCAs = https.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			open(t, client, server)
		})
	}
}

// TestTimePasses: a session ends on the embedded server at its expiry, and not before.
func TestTimePasses(t *testing.T) {
	store := open(t, "goredis", embedded(t))
	expiry := time.Now().Add(time.Second)
	if err := store.CommitCtx(t.Context(), "token", []byte("data"), expiry); err != nil {
		t.Fatal(err)
	}
	redistest.Poll(t, "the session's end", func() bool {
		_, found, err := store.FindCtx(t.Context(), "token")
		return !found && err == nil
	})
	// Redis drops the fraction of a millisecond.
	if early := time.Until(expiry); early > time.Millisecond {
		t.Errorf("the session was gone %v before its expiry", early)
	}
}

// TestConformance runs storetest on miniredis, which the demo embeds and whose clock
// the suite can move.
func TestConformance(t *testing.T) {
	for name, open := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var servers sync.Map // scs.Store to *miniredis.Miniredis
			storetest.Run(t, func(tb testing.TB) scs.Store {
				server := miniredis.RunT(tb)
				s, closeClient, err := open(&goredis.Options{Addr: server.Addr()})
				if err != nil {
					tb.Fatal(err)
				}
				tb.Cleanup(closeClient)
				servers.Store(scs.Store(s), server)
				return s
			}, storetest.Skip("Plain", "the demo does not call these methods"), storetest.FinalDelete(), storetest.Advance(func(tb testing.TB, s scs.Store, d time.Duration) {
				server, _ := servers.Load(s)
				server.(*miniredis.Miniredis).FastForward(d)
			}))
		})
	}
}
