package main

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"
)

// maxRows is the most sessions that the page shows. Each stops there and reads no more.
const maxRows = 200

// row is one live session.
type row struct {
	Token  string // shortened
	ID     string // stands for the token in a form
	Own    bool
	Name   string
	Device string
	Visits int
	Seen   time.Time // the last visit
	Until  time.Time
}

var errEnough = errors.New("enough rows")

func (a *app) list(w http.ResponseWriter, r *http.Request) {
	own := a.sessions.Token(r.Context())
	rows := make(map[string]row) // Each may show a session twice
	err := a.store.Each(r.Context(), func(token string, b []byte) error {
		if len(rows) == maxRows {
			return errEnough
		}
		rows[token] = a.row(token, b, token == own)
		return nil
	})
	if err != nil && err != errEnough {
		a.fail(w, r, err)
		return
	}
	a.render(w, r, http.StatusOK, "sessions", view{
		More: err == errEnough,
		Rows: slices.SortedFunc(maps.Values(rows), func(x, y row) int {
			return cmp.Or(cmp.Compare(x.Name, y.Name), x.Until.Compare(y.Until), cmp.Compare(x.Token, y.Token))
		}),
	})
}

func (a *app) row(token string, b []byte, own bool) row {
	row := row{Token: shorten(token), ID: deviceID(token), Own: own}
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
	row.Seen = time.Unix(seen, 0)
	return row
}

// shorten returns enough of a token to tell sessions apart, and too little to log in
// with it.
func shorten(token string) string {
	return token[:min(6, len(token)/4)] + "…"
}
