package storetest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Messages show only the first four characters of tokens longer than shownToken, so that
// tokens of real users in a shared backend stay secret.
const (
	shownToken = 24
	shownData  = 16
	shownError = 300
)

// quoteToken shows a token, followed by its label if it has one.
func quoteToken(token, label string) string {
	if len(token) > shownToken {
		token = token[:4] + "…"
	}
	q := strconv.Quote(token)
	if label != "" {
		q += " (" + label + ")"
	}
	return q
}

func quoteData(b []byte) string {
	switch {
	case b == nil:
		return "nil"
	case len(b) > shownData:
		return fmt.Sprintf("%s (%d bytes)", strings.TrimSuffix(strconv.Quote(string(b[:shownData])), `"`)+`…"`, len(b))
	}
	return strconv.Quote(string(b))
}

// difference says where two slices differ, if that is not visible when they are shortened.
func difference(got, want []byte) string {
	if len(got) <= shownData && len(want) <= shownData {
		return ""
	}
	if len(got) != len(want) && (bytes.HasPrefix(got, want) || bytes.HasPrefix(want, got)) {
		return ""
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf(" (they differ from byte %d on)", i)
		}
	}
	return ""
}

func formatError(err error) string {
	if err == nil {
		return "<nil>"
	}
	s := err.Error()
	if len(s) > shownError {
		s = strings.ToValidUTF8(s[:shownError], "") + "…"
	}
	return "error " + strconv.Quote(s)
}

// formatExpiry shows an expiry relative to now.
func formatExpiry(expiry, now time.Time) string {
	if expiry.IsZero() {
		return "the zero time"
	}
	s := ""
	switch d := expiry.Sub(now); {
	case expiry.Year() > now.Year()+1:
		s = "in the year " + strconv.Itoa(expiry.Year())
	case d.Abs() < 2*time.Millisecond:
		s = "now"
	case d < 0:
		s = formatDuration(-d) + " ago"
	default:
		s = "in " + formatDuration(d)
	}
	if zone, offset := expiry.Zone(); offset != 0 && zone != "" && expiry.Location() != time.Local {
		s += " " + zone
	}
	return s
}

func formatDuration(d time.Duration) string {
	units := []struct {
		name string
		unit time.Duration
	}{{"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}}
	for _, u := range units {
		// 119.9 s is 2 min, not 120 s: the clock has moved on since the time was made.
		if n := d.Round(u.unit) / u.unit; n >= 2 || n == 1 && (d-u.unit).Abs() < u.unit/20 {
			return fmt.Sprintf("%d %s", n, u.name)
		}
	}
	return d.Round(time.Microsecond).String()
}
