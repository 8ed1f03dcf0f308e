package redistest_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

func TestClockShift(t *testing.T) {
	for _, shift := range []time.Duration{10 * time.Minute, -90 * time.Minute} {
		t.Run(shift.String(), func(t *testing.T) {
			s := redistest.Start(t, redistest.Options{ClockShift: shift})
			for range 2 {
				seconds, err := strconv.ParseInt(s.Do(t, "TIME").([]any)[0].(string), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				if got := time.Until(time.Unix(seconds, 0)); got < shift-5*time.Second || got > shift+5*time.Second {
					t.Errorf("the server's clock is %v ahead; want %v", got, shift)
				}
				s.Restart(t)
			}

			// A lifetime is as long as ever, a time to end at is the server's.
			s.Do(t, "SET", "relative", "v", "PX", "500")
			if got := s.Do(t, "GET", "relative"); got != "v" {
				t.Errorf("GET of a key that lives for another 500 ms = %v; want v", got)
			}
			at := time.Now().Add(5 * time.Minute)
			s.Do(t, "SET", "absolute", "v", "PXAT", strconv.FormatInt(at.UnixMilli(), 10))
			want := max(0, 5*time.Minute-shift)
			if ms := s.Do(t, "PTTL", "absolute").(int64); ms > want.Milliseconds() || ms < (want-5*time.Second).Milliseconds() {
				t.Errorf("PTTL of a key that ends in 5m by the test's clock = %d ms; want %v", ms, want)
			}
			start := time.Now()
			for s.Do(t, "GET", "relative") != nil {
				if time.Since(start) > 10*time.Second {
					t.Fatal("a key that was to live for 500 ms is there after 10s")
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}
