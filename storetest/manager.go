package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// managerMode calls a store as scs does: it looks for each method with a context
// separately. It has no name, because the group runs only once.
var managerMode = mode{ctx: true, either: true}

var managerGroup = group{"Manager", slices.Concat(managerChecks, managerTimeChecks, managerRaceChecks, finalManagerChecks)}

var managerChecks = []check{
	{name: "FirstVisit", run: func(c *checker) {
		b := newSite(c).browser()
		token := b.doCookie("/put?user=ann")
		b.wantSession("user=ann")
		c.wantStored(token)
		b.do("/put?cart=3")
		b.wantSession("cart=3&user=ann")
	}},
	{name: "Unmodified", run: func(c *checker) {
		b := newSite(c).browser()
		b.wantNoCookie("")
		b.do("/put?user=ann")
		for range 8 {
			b.wantNoCookie("user=ann")
		}
	}},
	{name: "Login", run: func(c *checker) {
		s := newSite(c)
		b := s.browser()
		old := b.doCookie("/put?cart=3")
		if token := b.doCookie("/login?user=ann"); token == old {
			c.failLast("", "another token")
		}
		b.wantSession("cart=3&user=ann")
		s.replay(old).wantSession("")
	}},
	{name: "Logout", run: func(c *checker) {
		s := newSite(c)
		b := s.browser()
		old := b.doCookie("/put?user=ann")
		b.do("/logout")
		s.replay(old).wantSession("")
		if token := b.doCookie("/put?cart=3"); token == old {
			c.failLast("", "another token")
		}
		b.wantSession("cart=3")
		s.replay(old).wantSession("")
	}},
	{name: "DestroyNew", run: func(c *checker) {
		s := newSite(c)
		other := s.browser()
		other.do("/put?user=ann")
		s.browser().do("/logout")
		other.wantSession("user=ann")
	}},
	{name: "RememberMe", run: managerRememberMe},
	{name: "HashTokenInStore", run: managerHash},
	{name: "Iterate", needsAll: true, run: managerIterate},
	{name: "MergeSession", run: func(c *checker) {
		s := newSite(c)
		token := s.browser().doCookie("/put?cart=3")
		b := s.browser()
		b.do("/put?user=ann")
		s.routes["/merge"] = func(r *http.Request) error { return s.sm.MergeSession(r.Context(), token) }
		b.do("/merge")
		b.wantSession("cart=3&user=ann")
		s.replay(token).wantSession("")
		b.do("/merge") // the other session is not found any more
		b.wantSession("cart=3&user=ann")
	}},
	{name: "TwoManagers", run: managerTwo},
	{name: "GarbageCookies", run: managerGarbage},
}

// wantStored demands that the store has a token's session, encoded by scs.
func (c *checker) wantStored(token string) {
	c.tb.Helper()
	r := c.tryFind(token)
	if _, _, err := (scs.GobCodec{}).Decode(r.data); err != nil || r.err != nil || !r.found {
		c.failFind(token, r, "a session that scs can decode, true, nil")
	}
}

func managerRememberMe(c *checker) {
	s := newSite(c)
	s.sm.Cookie.Persist = false
	remember := func(val bool) route {
		return func(r *http.Request) error { s.sm.RememberMe(r.Context(), val); return nil }
	}
	s.routes["/remember"], s.routes["/forget"] = remember(true), remember(false)

	b := s.browser()
	want := func(path string, lasting bool, want string) {
		c.tb.Helper()
		a := b.do(path)
		if a.cookie == nil || lasting != (!a.cookie.Expires.IsZero() && a.cookie.MaxAge > 0) {
			c.failLast("", want)
		}
	}
	want("/put?user=ann", false, "one without an expiry")
	want("/remember", true, "one with an expiry")
	want("/put?cart=3", true, "one with an expiry, as the session is to be remembered")
	b.wantSession("cart=3&user=ann")
	want("/forget", false, "one without an expiry")
	b.wantSession("cart=3&user=ann")
}

func managerHash(c *checker) {
	s := newSite(c)
	s.sm.HashTokenInStore = true
	b := s.browser()
	token := b.doCookie("/put?user=ann")
	b.wantSession("user=ann")

	hash := sha256.Sum256([]byte(token))
	c.wantStored(c.label(base64.RawURLEncoding.EncodeToString(hash[:]), "the hash of the token in the cookie"))
	c.label(token, "the token in the cookie")
	c.wantMissing(token)

	renewed := b.doCookie("/login?cart=3")
	b.wantSession("cart=3&user=ann")
	s.replay(token).wantSession("")
	b.do("/logout")
	s.replay(renewed).wantSession("")
}

func managerIterate(c *checker) {
	s := newSite(c)
	iterate := func(want map[string]string) {
		c.tb.Helper()
		var got []string
		var err error
		problem := recovered(func() {
			err = s.sm.Iterate(context.Background(), func(ctx context.Context) error {
				got = append(got, c.quote(s.sm.Token(ctx))+": "+s.session(ctx))
				return nil
			})
		})
		if problem != "" {
			c.failf("%s; want a result or an error", c.story("", "SessionManager.Iterate "+problem))
			c.stop()
		}
		var all []string
		for token, session := range want {
			all = append(all, c.quote(token)+": "+session)
		}
		slices.Sort(got)
		slices.Sort(all)
		if err != nil || !slices.Equal(got, all) {
			last := fmt.Sprintf("SessionManager.Iterate with %s = %s", sessionList(got), formatError(err))
			c.failf("%s; want it with %s, and nil", c.story("", last), sessionList(all))
		}
	}
	iterate(nil)

	want := make(map[string]string)
	for _, user := range []string{"ann", "bob"} {
		want[s.browser().doCookie("/put?user="+user)] = "user=" + user
	}
	renewed, gone := s.browser(), s.browser()
	renewed.do("/put?cart=3")
	gone.do("/put?cart=5")
	want[renewed.doCookie("/login?user=cas")] = "cart=3&user=cas"
	gone.do("/logout")
	iterate(want)
	for _, session := range slices.Sorted(maps.Keys(want)) {
		s.replay(session).wantSession(want[session])
	}
}

func sessionList(texts []string) string {
	if len(texts) == 0 {
		return "no session"
	}
	return strings.Join(texts, ", ")
}

func managerTwo(c *checker) {
	d := c.second()
	d.trace = c.trace // one story
	first, second := newSite(c), newSite(d)
	here := first.browser()
	token := here.doCookie("/put?user=ann")
	there := second.replay(token)

	there.wantSession("")
	there.do("/logout")
	here.wantSession("user=ann")

	// A deletion can reach the wrong store only if both have the token.
	b, err := scs.GobCodec{}.Encode(time.Now().Add(longLifetime), map[string]any{"user": "bob"})
	if err != nil {
		c.tb.Fatal(err)
	}
	d.commit(token, string(b))
	d.remember("", d.popLast())
	there.wantSession("user=bob")
	here.wantSession("user=ann")
	there.do("/logout")
	there.wantSession("")
	here.wantSession("user=ann")
}

func managerGarbage(c *checker) {
	s := newSite(c)
	b := s.browser()
	token := b.doCookie("/put?user=ann")
	cookies := append(tamperedTokens(c, token),
		"null", "%00",
		c.label(token+"%00", "with an escaped NUL at the end"),
		c.label(token+"\xff", "not UTF-8"),
		c.label(token+"é", "with a letter outside ASCII"),
		c.label(strings.Repeat("A", 4000), "4,000 times A"),
		c.label(token+strings.Repeat("A", 4000), "with 4,000 characters more"),
		c.label("x; session="+token, "x, and behind it the real one"),
	)
	for _, cookie := range cookies {
		// net/http drops space and quotes around a value: then this is the real token.
		if sent, err := http.ParseCookie("session=" + cookie); err == nil && sent[0].Value == token {
			continue
		}
		s.replay(cookie).with(c.forkStory()).wantSession("")
	}
	stranger := s.replay(c.label(replaceByte(token, 20, '*'), "a * in its middle"))
	if fresh := stranger.doCookie("/put?user=eve"); fresh == stranger.cookie {
		c.failLast("", "another token")
	} else {
		s.replay(fresh).wantSession("user=eve")
	}
	b.wantSession("user=ann")
}
