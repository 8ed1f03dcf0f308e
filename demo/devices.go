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

// deviceID returns the hash that stands for a session in the page of devices. The token
// itself must not be there, because it gives access to the session. It cannot be computed
// from its hash.
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
	// can show its result.
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

// deviceName names a browser and its system. The order matters, because most browsers
// also name those that they are like.
func deviceName(userAgent string) string {
	find := func(otherwise string, names ...string) string {
		for _, name := range names {
			if strings.Contains(userAgent, name) {
				return name
			}
		}
		return otherwise
	}
	return find("Another browser", "Firefox", "Chrome", "Safari", "curl") + " on " +
		find("another system", "Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
}
