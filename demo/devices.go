package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// devices returns the sessions of the user who is logged in, this one first.
func (a *app) devices(ctx context.Context) ([]row, error) {
	sessions, err := a.store.UserSessions(ctx, a.sessions.GetString(ctx, nameKey))
	var rows []row
	for token, b := range sessions {
		row := a.row(token, b, token == a.sessions.Token(ctx))
		if row.Own {
			row.Seen = time.Now()
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(x, y row) int { return y.Seen.Compare(x.Seen) })
	return rows, err
}

// deviceID returns what stands for a session in the page of devices. The token
// itself must not: who has it has the session, and it does not follow from its hash.
func deviceID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// endDevice ends a session of the user who is logged in. It looks for it among
// that user's sessions alone.
func (a *app) endDevice(w http.ResponseWriter, r *http.Request) {
	sessions, err := a.store.UserSessions(r.Context(), a.sessions.GetString(r.Context(), nameKey))
	for token := range sessions {
		if deviceID(token) == r.PostFormValue("id") {
			err = a.store.DeleteCtx(r.Context(), token)
		}
	}
	a.goHome(w, r, err)
}

// endOtherDevices ends all sessions of the user who is logged in but this one.
func (a *app) endOtherDevices(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	_, err := a.store.DeleteUserSessions(ctx, a.sessions.GetString(ctx, nameKey), a.sessions.Token(ctx))
	a.goHome(w, r, err)
}

// slow takes long, and then writes into the session that it began with. If that
// was ended meanwhile, the store does not bring it back.
func (a *app) slow(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	select {
	case <-a.wait():
	case <-ctx.Done():
		return // nobody waits for the page
	}
	a.sessions.Put(ctx, seenKey, time.Now().Unix())
	// scs commits when the page is sent. This Commit comes before it, so that the page
	// can say what came of it.
	token, _, err := a.sessions.Commit(ctx)
	live := false
	if err == nil {
		_, live, err = a.store.FindCtx(ctx, token)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.render(w, r, http.StatusOK, "slow", view{Live: live})
}

// What a User-Agent names, and how it is shown. The order matters: most browsers
// name those that they are like, too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systems = [][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// deviceName returns a browser and its system in words.
func deviceName(userAgent string) string {
	name := "Another browser"
	is := func(n [2]string) bool { return strings.Contains(userAgent, n[0]) }
	if i := slices.IndexFunc(browsers, is); i >= 0 {
		name = browsers[i][1]
	}
	if i := slices.IndexFunc(systems, is); i >= 0 {
		name += " on " + systems[i][1]
	}
	return name
}
