package storetest

import (
	"testing"
	"time"
)

func TestFormatExpiry(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		expiry time.Time
		want   string
	}{
		{time.Time{}, "the zero time"},
		{now, "now"},
		{now.Add(-time.Microsecond), "now"},
		{now.Add(-2 * time.Second), "2 s ago"},
		{now.Add(-2*time.Second - 3*time.Microsecond), "2 s ago"},
		{now.Add(24*time.Hour - time.Millisecond), "in 24 h"},
		{now.Add(time.Hour - 50*time.Millisecond), "in 1 h"},
		{now.Add(400*time.Millisecond - 5*time.Microsecond), "in 400 ms"},
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), "in the year 9999"},
		{now.Add(time.Hour).In(time.FixedZone("UTC-12", -12*60*60)), "in 1 h UTC-12"},
	} {
		if got := formatExpiry(tt.expiry, now); got != tt.want {
			t.Errorf("formatExpiry(%v, %v) = %q; want %q", tt.expiry, now, got, tt.want)
		}
	}
}
