package redissession

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

var ctx = context.Background()

const token = "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func wantFind(t *testing.T, s *Store, token, data string, found bool) {
	t.Helper()
	b, gotFound, err := s.Find(ctx, token)
	if string(b) != data || gotFound != found || err != nil {
		t.Errorf("Find = %q, %v, %v; want %q, %v, <nil>", b, gotFound, err, data, found)
	}
}

// TestCommands: what is sent to the server. Reads end with the request, and changes are
// made although it has ended. A malformed token reaches no key.
func TestCommands(t *testing.T) {
	find := func(ctx context.Context, token string) func(*Store) error {
		return func(s *Store) error { _, _, err := s.Find(ctx, token); return err }
	}
	commit := func(ctx context.Context, token string, expiry time.Time) func(*Store) error {
		return func(s *Store) error { return s.Commit(ctx, token, []byte("data"), expiry) }
	}
	del := func(ctx context.Context, token string) func(*Store) error {
		return func(s *Store) error { return s.Delete(ctx, token) }
	}
	s, client := start(t, 1, Options{})
	var sent string
	client.before = func(c Command) error { sent += c[0] + " " + c[1]; return nil }
	for _, test := range []struct {
		call func(*Store) error
		sent string
		err  error
	}{
		{find(ctx, token), "GET app:" + token, nil},
		{find(ctx, ""), "GET app:", nil},
		{find(ctx, "admin:"+token), "", nil},
		{find(cancelled(), token), "", context.Canceled},
		{commit(ctx, token, inAnHour()), "SET app:" + token, nil},
		{commit(ctx, "admin:"+token, inAnHour()), "", errMalformedToken},
		{commit(cancelled(), token, inAnHour()), "SET app:" + token, nil},
		{commit(cancelled(), token, time.Now()), "DEL app:" + token, nil},
		{commit(ctx, token, time.Time{}), "DEL app:" + token, nil},
		{commit(ctx, token, time.Unix(math.MinInt64/2, 0)), "DEL app:" + token, nil},
		{del(ctx, token), "DEL app:" + token, nil},
		{del(ctx, token+":"), "", nil},
		{del(cancelled(), token), "DEL app:" + token, nil},
		{func(s *Store) error { _, err := s.All(cancelled()); return err }, "", context.Canceled},
		{func(s *Store) error { return s.Each(cancelled(), nil) }, "", context.Canceled},
	} {
		sent = ""
		err := test.call(s)
		if sent != test.sent {
			t.Errorf("commands sent: %q; want %q", sent, test.sent)
		}
		if !errors.Is(err, test.err) {
			t.Errorf("error %v; want %v", err, test.err)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("error %q: the token must not be in it", err)
		}
	}
}

func TestLifetime(t *testing.T) {
	for _, test := range []struct {
		expiry    time.Time
		low, high int64
	}{
		{time.Unix(math.MinInt64/2, 0), 1, 1},
		{time.Now().Add(-time.Hour), 1, 1},
		{time.Now().Add(time.Minute), 59_000, 59_999},                        // never rounded up
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 1 << 47, 1 << 48}, // beyond a Duration
		{time.Unix(math.MaxInt64/2, 0), math.MaxInt64 / 2, math.MaxInt64 / 2},
	} {
		if got := Lifetime(test.expiry); got < test.low || got > test.high {
			t.Errorf("Lifetime(%v) = %d; want %d to %d", test.expiry, got, test.low, test.high)
		}
	}
}

// TestErrorAfterCancel: if the context has ended and the client reports a broken read or
// a dial that took too long, the error is the context's too.
func TestErrorAfterCancel(t *testing.T) {
	cancelling, cancel := context.WithCancel(ctx)
	broken := errors.New("i/o timeout")
	client := &direct{servers: make([]*redistest.Server, 1), before: func(Command) error { cancel(); return broken }}
	s := open(client, Options{})
	_, _, cancelled := s.Find(cancelling, token)
	_, _, late := s.Find(lateContext{ctx}, token)
	if !errors.Is(cancelled, broken) || !errors.Is(cancelled, context.Canceled) {
		t.Errorf("Find = %v; want both %v and %v", cancelled, broken, context.Canceled)
	}
	if !errors.Is(late, broken) || !errors.Is(late, context.DeadlineExceeded) {
		t.Errorf("Find = %v; want both %v and %v", late, broken, context.DeadlineExceeded)
	}
}

// lateContext is a context whose deadline has passed and whose timer is late: a dial may
// end first.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }
