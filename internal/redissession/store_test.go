package redissession

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

var ctx = context.Background()

const token = "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"

func newStore() (*Store, *fake) {
	f := newFake(1)
	return New("fakestore", f, Options{Prefix: "app:"}), f
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func wantSent(t *testing.T, f *fake, want string) {
	t.Helper()
	if got := f.commands(); got != want {
		t.Errorf("commands sent: %q; want %q", got, want)
	}
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
		s, f := newStore()
		err := test.call(s)
		wantSent(t, f, test.sent)
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

// TestErrorAfterCancel: if the context has ended and the client reports a broken read,
// the error is the context's too.
func TestErrorAfterCancel(t *testing.T) {
	s, f := newStore()
	parent, cancel := context.WithCancel(ctx)
	f.onSent = func(string) { cancel() }
	f.fail = errors.New("read: connection reset")
	_, _, err := s.Find(parent, token)
	if !errors.Is(err, f.fail) || !errors.Is(err, context.Canceled) {
		t.Errorf("Find = %v; want both %v and %v", err, f.fail, context.Canceled)
	}
}

// TestErrorAtDeadline: the same if a dial ends at the context's deadline before the
// context's own timer has fired.
func TestErrorAtDeadline(t *testing.T) {
	s, f := newStore()
	f.fail = errors.New("dial tcp: i/o timeout")
	_, _, err := s.Find(lateContext{ctx}, token)
	if !errors.Is(err, f.fail) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Find = %v; want both %v and %v", err, f.fail, context.DeadlineExceeded)
	}
}

// lateContext is a context whose deadline has passed and whose timer is late.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }
