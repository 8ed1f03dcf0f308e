package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// TestApp drives the application as two visitors do, on the embedded server, and with
// each client in a database of a real one.
func TestApp(t *testing.T) {
	t.Run("Embedded", func(t *testing.T) { testApp(t, open(t, "goredis", embedded(t))) })
	const password = "s/e:c@r#e?t"
	server := redistest.Start(t, redistest.Options{Args: []string{
		"--user", "demo", "on", ">" + password, "~demo:session:*", "+@all",
		"--user", "default", "on", "nopass", "-@all", "+info", "+dbsize", // takes any password
	}})
	db := 0
	for client := range clients {
		db++
		t.Run(client, func(t *testing.T) {
			u := server.URLFor("demo", password)
			u.Path = strconv.Itoa(db)
			s, err := parseRedisURL(u.String())
			if err != nil {
				t.Fatal(err)
			}
			testApp(t, open(t, client, s))
		})
	}
	if n := server.Do(t, "DBSIZE"); n != int64(0) {
		t.Errorf("%v keys are in database 0; want all in the databases that the URLs name", n)
	}
}

func testApp(t *testing.T, store sessionStore) {
	_, base := serveApp(t, store, t.Output())
	ada, bob := newBrowser(t, base), newBrowser(t, base)

	checkRows(t, ada.get(t, "/sessions"), 2)
	if got := ada.token(); got != "" {
		t.Errorf("looking at the list of sessions started one")
	}

	// Visits are counted, for each visitor.
	for want := 1; want <= 3; want++ {
		checkHome(t, ada.get(t, "/"), "Hello", want)
	}
	checkHome(t, bob.get(t, "/"), "Hello", 1)
	first := ada.token()

	// Logging in keeps the session and changes the token.
	checkHome(t, ada.login(t, "Ada"), "Hello, Ada", 4)
	second := ada.token()
	checkDead(t, store, base, first, "the token from before logging in")
	checkHome(t, ada.get(t, "/"), "Hello, Ada", 5)

	// The list has both, and marks the session of this browser. checkDead left a session
	// behind: that of a visitor with a cookie without a session.
	checkRows(t, ada.get(t, "/sessions"), 2, "Ada you 5", "not logged in 1", "not logged in 1")
	checkHome(t, bob.login(t, "Bob"), "Hello, Bob", 2)
	list := bob.get(t, "/sessions")
	checkRows(t, list, 2, "Ada 5", "Bob you 2", "not logged in 1")
	checkNoToken(t, list, ada, bob)
	if own := bob.token()[:6] + "…"; !strings.Contains(string(list), own) {
		t.Errorf("the list has no %s, the visitor's own token", own)
	}

	// Logging out ends the session for everybody who has its token.
	checkHome(t, ada.post(t, "/logout", "", ""), "Hello", 1)
	checkDead(t, store, base, second, "the token from before logging out")
	checkRows(t, bob.get(t, "/sessions"), 2, "Bob you 2", "not logged in 1", "not logged in 1", "not logged in 1")

	testDevices(t, store)
}

// testDevices: a user sees and ends sessions of their own, and no others, and a
// session that has ended stays so.
func testDevices(t *testing.T, store sessionStore) {
	a, base := serveApp(t, store, t.Output())
	login := func(name, userAgent string) *browser {
		b := newBrowser(t, base)
		b.header.Set("User-Agent", userAgent)
		b.login(t, name)
		return b
	}
	ada, phone := login("Ada", "Firefox/150 Linux"), login("Ada", "Firefox/150 Android")
	eve, visitor := login("<i>Eve", ""), newBrowser(t, base)

	home := ada.get(t, "/")
	checkRows(t, home, 1, "Firefox on Linux this device", "Firefox on Android")
	checkNoToken(t, home, ada, phone, eve)
	if first := home.rows(1)[0]; first != "Firefox on Linux this device" {
		t.Errorf("the first device is %q; want this one", first)
	}
	id := home.find(endID)
	eve.post(t, "/end", "id", id)
	eve.post(t, "/end-others", "", "")
	visitor.post(t, "/end", "id", id)
	visitor.post(t, "/end-others", "", "")
	checkHome(t, phone.get(t, "/"), "Hello, Ada", 2) // others cannot end it
	token := phone.token()
	checkRows(t, ada.post(t, "/end", "id", id), 1, "Firefox on Linux this device")
	checkDead(t, store, base, token, "the token of a device that was ended")
	checkHome(t, phone.get(t, "/"), "Hello", 1)

	laptop := login("Ada", "curl/8")
	phone.login(t, "Ada")
	checkRows(t, laptop.get(t, "/"), 1, "curl on another system this device", "Firefox on Android", "Firefox on Linux")
	checkRows(t, ada.post(t, "/end-others", "", ""), 1, "Firefox on Linux this device")
	checkHome(t, laptop.get(t, "/"), "Hello", 1)
	checkHome(t, phone.get(t, "/"), "Hello", 1)
	checkHome(t, eve.get(t, "/"), "Hello, &lt;i&gt;Eve", 4)

	for _, tt := range []struct {
		meanwhile  func()
		slow, home string
	}{
		{func() {}, "Your session goes on", "Hello, Ada"},
		{func() { ada.post(t, "/logout", "", "") }, "Your session has ended", "Hello"},
	} {
		token := ada.token()
		a.wait = func() <-chan time.Time {
			tt.meanwhile() // in another tab
			return time.After(0)
		}
		if got := ada.get(t, "/slow").find(heading); got != tt.slow {
			t.Errorf("the slow page has heading %q; want %q", got, tt.slow)
		}
		if got := ada.token(); got != token {
			t.Errorf("the slow page has not brought back the cookie that it began with")
		}
		if got := ada.get(t, "/").find(heading); got != tt.home {
			t.Errorf("after the slow page: heading %q; want %q", got, tt.home)
		}
	}
}

func checkHome(t *testing.T, p page, title string, visits int) {
	t.Helper()
	if p.find(heading) != title || p.visits() != visits {
		t.Errorf("home page has heading %q and %d visits; want %q and %d", p.find(heading), p.visits(), title, visits)
	}
}

// checkRows checks the first cells of a page's table, in any order.
func checkRows(t *testing.T, p page, cells int, want ...string) {
	t.Helper()
	got := p.rows(cells)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("sessions %q; want %q", got, want)
	}
}

// checkNoToken checks that a page has no whole token in it.
func checkNoToken(t *testing.T, p page, browsers ...*browser) {
	t.Helper()
	for _, b := range browsers {
		if strings.Contains(string(p), b.token()) {
			t.Errorf("the page has a whole token in it")
		}
	}
}

// checkDead checks that a token leads to no session any more.
func checkDead(t *testing.T, store sessionStore, base, token, which string) {
	t.Helper()
	if _, found, err := store.FindCtx(t.Context(), token); found || err != nil {
		t.Errorf("%s: found = %v, %v; want false, nil", which, found, err)
	}
	b := newBrowser(t, base)
	b.Jar.SetCookies(b.base, []*http.Cookie{{Name: "demo_session", Value: token}})
	checkHome(t, b.get(t, "/"), "Hello", 1)
	if b.token() == token {
		t.Errorf("%s is taken up for a new session", which)
	}
}
