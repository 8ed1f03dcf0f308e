package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// TestApp drives the application as two visitors do, on every client, on the
// embedded server and on a real one.
func TestApp(t *testing.T) {
	t.Run("Embedded", func(t *testing.T) {
		for client := range clients {
			t.Run(client, func(t *testing.T) { testApp(t, open(t, client, embedded(t))) })
		}
	})
	t.Run("Real", func(t *testing.T) {
		const password = "s/e:c@r#e?t"
		server := redistest.Start(t, redistest.Options{
			Args: []string{
				"--user", "demo", "on", ">" + password, "~demo:session:*", "+@all",
				"--user", "default", "on", "nopass", "-@all", "+info", "+dbsize", // takes any password
			},
		})
		db := 0
		for client := range clients {
			db++
			t.Run(client, func(t *testing.T) {
				u := server.URLFor("demo", password)
				u.Path = "/" + strconv.Itoa(db) // each client has a database to itself
				s, err := parseRedisURL(u.String())
				if err != nil {
					t.Fatal(err)
				}
				testApp(t, open(t, client, s))
				if n := server.Do(t, "DBSIZE"); n != int64(0) {
					t.Errorf("%v keys are in database 0; want them in %s", n, s)
				}
			})
		}
	})
}

func testApp(t *testing.T, store sessionStore) {
	_, base := serveApp(t, store, t.Output())
	ada, bob := newBrowser(t, base), newBrowser(t, base)

	if rows := ada.get(t, "/sessions").rows(); len(rows) != 0 {
		t.Errorf("before any visit: sessions %q; want none", rows)
	}
	if got := ada.token(t); got != "" {
		t.Errorf("looking at the list of sessions started one")
	}

	// Visits are counted, for each visitor.
	for want := 1; want <= 3; want++ {
		checkHome(t, ada.get(t, "/"), "Hello", want)
	}
	checkHome(t, bob.get(t, "/"), "Hello", 1)
	first := ada.token(t)

	// Logging in keeps the session and changes the token.
	checkHome(t, ada.login(t, "Ada"), "Hello, Ada", 4)
	second := ada.token(t)
	if second == first {
		t.Errorf("the token is the same after logging in")
	}
	checkDead(t, store, base, first, "the token from before logging in")
	checkHome(t, ada.get(t, "/"), "Hello, Ada", 5)

	// The list has both, and knows whose browser it is shown in. checkDead
	// left a session behind: a visitor's who came with a worthless cookie.
	checkRows(t, ada.get(t, "/sessions"), ada, "Ada you 5", "not logged in 1", "not logged in 1")
	checkHome(t, bob.login(t, "Bob"), "Hello, Bob", 2)
	checkRows(t, bob.get(t, "/sessions"), bob, "Ada 5", "Bob you 2", "not logged in 1")

	// Logging out ends the session for everybody who has its token.
	checkHome(t, ada.post(t, "/logout", nil), "Hello", 1)
	if got := ada.token(t); got == second {
		t.Errorf("the token is the same after logging out")
	}
	checkDead(t, store, base, second, "the token from before logging out")
	checkRows(t, bob.get(t, "/sessions"), bob, "Bob you 2", "not logged in 1", "not logged in 1", "not logged in 1")
	checkHome(t, bob.get(t, "/"), "Hello, Bob", 3)
}

func checkHome(t *testing.T, p page, heading string, visits int) {
	t.Helper()
	if p.heading() != heading || p.visits() != visits {
		t.Errorf("home page has heading %q and %d visits; want %q and %d", p.heading(), p.visits(), heading, visits)
	}
}

// checkRows checks the list of sessions, of which the page has no whole token.
func checkRows(t *testing.T, p page, b *browser, want ...string) {
	t.Helper()
	got := p.rows()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("sessions %q; want %q", got, want)
	}
	if token := b.token(t); strings.Contains(string(p), token) {
		t.Errorf("the list has a whole token in it")
	} else if !strings.Contains(string(p), token[:6]+"…") {
		t.Errorf("the list has no %s…, the visitor's own token", token[:6])
	}
}

// checkDead checks that a token is worth nothing any more.
func checkDead(t *testing.T, store sessionStore, base, token, which string) {
	t.Helper()
	if _, found, err := store.FindCtx(t.Context(), token); found || err != nil {
		t.Errorf("%s: found = %v, %v; want false, nil", which, found, err)
	}
	b := withToken(t, base, token)
	p := b.get(t, "/")
	if p.heading() != "Hello" || p.visits() != 1 {
		t.Errorf("%s: home page has heading %q and %d visits; want a new visitor's", which, p.heading(), p.visits())
	}
	if b.token(t) == token {
		t.Errorf("%s is taken up for a new session", which)
	}
}
