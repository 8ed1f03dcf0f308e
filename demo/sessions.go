package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// row is one live session.
type row struct {
	Token  string // a page must not show all of it, because it gives access to the session
	ID     string // a hash of the token, which stands for it in a form
	Own    bool
	Name   string
	Device string
	Visits int
	Seen   time.Time // the last visit
	Until  time.Time
}

func (a *app) row(ctx context.Context, token string, b []byte) row {
	row := row{Token: token, ID: deviceID(token), Own: token == a.sessions.Token(ctx)}
	until, values, err := a.sessions.Codec.Decode(b)
	if err != nil {
		row.Name = "cannot be read"
		return row
	}
	row.Until = until
	row.Name, _ = values[nameKey].(string)
	row.Visits, _ = values[visitsKey].(int)
	row.Device, _ = values[deviceKey].(string)
	seen, _ := values[seenKey].(int64)
	if row.Seen = time.Unix(seen, 0); row.Own {
		row.Seen = time.Now()
	}
	return row
}

func deviceID(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// maxRows is the most sessions that the list shows. Each stops there and reads no more.
const maxRows = 200

var errEnough = errors.New("enough rows")

// list shows the sessions of all visitors.
func (a *app) list(w http.ResponseWriter, r *http.Request) {
	rows := make(map[string]row) // Each may show a session twice
	err := a.store.Each(r.Context(), func(token string, b []byte) error {
		if len(rows) == maxRows {
			return errEnough
		}
		rows[token] = a.row(r.Context(), token, b)
		return nil
	})
	more := err == errEnough
	if more {
		err = nil
	}
	sorted := slices.SortedFunc(maps.Values(rows), func(x, y row) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), x.Until.Compare(y.Until))
	})
	a.render(w, r, "sessions", view{Rows: sorted, More: more}, err)
}

// devices returns the sessions of the user who is logged in, this one first.
func (a *app) devices(ctx context.Context) ([]row, error) {
	sessions, err := a.store.UserSessions(ctx, a.sessions.GetString(ctx, nameKey))
	var rows []row
	for token, b := range sessions {
		rows = append(rows, a.row(ctx, token, b))
	}
	slices.SortFunc(rows, func(x, y row) int { return y.Seen.Compare(x.Seen) })
	return rows, err
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
	a.sleep(slowness)
	a.sessions.Put(ctx, seenKey, time.Now().Unix())
	// scs commits when the page is sent. This Commit comes before it, so that the page
	// can show its result.
	token, _, err := a.sessions.Commit(ctx)
	live := false
	if err == nil {
		_, live, err = a.store.FindCtx(ctx, token)
	}
	a.render(w, r, "slow", view{Live: live}, err)
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
