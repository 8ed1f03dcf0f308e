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
		})
	}
}
