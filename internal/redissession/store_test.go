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

func TestFind(t *testing.T) {
	s, f := newStore()
	wantFind(t, s, token, "", false)
	wantSent(t, f, "GET app:"+token)
	f.put("app:"+token, []byte("data"), inAnHour())
	wantFind(t, s, token, "data", true)
	wantSent(t, f, "GET app:"+token)
}

func TestMalformedToken(t *testing.T) {
	s, f := newStore()
	for _, token := range []string{":", "admin:" + token, token + ":"} {
		f.put("app:"+token, []byte("foreign"), inAnHour())
		wantFind(t, s, token, "", false)
		if err := s.Delete(ctx, token); err != nil {
			t.Errorf("Delete(%q) = %v; want <nil>", token, err)
		}
		err := s.Commit(ctx, token, nil, inAnHour())
		if !errors.Is(err, errMalformedToken) {
			t.Errorf("Commit(%q) = %v; want %v", token, err, errMalformedToken)
		}
		if err != nil && len(token) > 1 && strings.Contains(err.Error(), token) {
			t.Errorf("Commit(%q) = %q: the token must not be in it", token, err)
		}
	}
	wantSent(t, f, "")
}

func TestCommit(t *testing.T) {
	s, f := newStore()
	expiry := inAnHour()
	if err := s.Commit(ctx, token, []byte("data"), expiry); err != nil {
		t.Fatalf("Commit = %v", err)
	}
	wantSent(t, f, "SET app:"+token)
	wantFind(t, s, token, "data", true)
	if got := f.shards[0]["app:"+token].expiry; !got.Equal(expiry) {
		t.Errorf("expiry = %v; want %v", got, expiry)
	}
}

func TestCommitPastExpiry(t *testing.T) {
	for _, expiry := range []time.Time{{}, time.Now(), time.Now().Add(-time.Hour), time.Unix(0, 0), time.Unix(math.MinInt64/2, 0)} {
		s, f := newStore()
		f.put("app:"+token, []byte("data"), inAnHour())
		if err := s.Commit(ctx, token, []byte("late"), expiry); err != nil {
			t.Errorf("Commit, expiry %v = %v", expiry, err)
		}
		wantSent(t, f, "DEL app:"+token)
		wantFind(t, s, token, "", false)
	}
}

// TestEmptyToken: scs's own tests commit one.
func TestEmptyToken(t *testing.T) {
	s, f := newStore()
	if err := s.Commit(ctx, "", []byte("data"), inAnHour()); err != nil {
		t.Errorf("Commit = %v", err)
	}
	wantFind(t, s, "", "data", true)
	if all, err := s.All(ctx); string(all[""]) != "data" || err != nil {
		t.Errorf("All = %q, %v; want the session", all, err)
	}
	if err := s.Delete(ctx, ""); err != nil {
		t.Errorf("Delete = %v", err)
	}
	wantFind(t, s, "", "", false)
	f.commands()
}

func TestLifetime(t *testing.T) {
	for _, test := range []struct {
		expiry    time.Time
		low, high int64
	}{
		{time.Time{}, math.MinInt64, 0},
		{time.Unix(math.MinInt64/2, 0), math.MinInt64, 0},
		{time.Now(), 0, 0},
		{time.Now().Add(-time.Hour), -3_700_000, -3_600_000},
		{time.Now().Add(time.Minute), 59_000, 59_999},                        // never rounded up
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 1 << 47, 1 << 48}, // beyond a Duration
		{time.Unix(math.MaxInt64/2, 0), math.MaxInt64 / 2, math.MaxInt64 / 2},
	} {
		if got := Lifetime(test.expiry); got < test.low || got > test.high {
			t.Errorf("Lifetime(%v) = %d; want %d to %d", test.expiry, got, test.low, test.high)
		}
	}
}

func TestDelete(t *testing.T) {
	s, f := newStore()
	f.put("app:"+token, []byte("data"), inAnHour())
	for range 2 {
		if err := s.Delete(ctx, token); err != nil {
			t.Errorf("Delete = %v", err)
		}
		wantSent(t, f, "DEL app:"+token)
	}
	wantFind(t, s, token, "", false)
}

// TestCancelled: reads end with the request; what it changed is not undone.
func TestCancelled(t *testing.T) {
	s, f := newStore()
	b, found, err := s.Find(cancelled(), token)
	if b != nil || found || !errors.Is(err, context.Canceled) {
		t.Errorf("Find = %q, %v, %v; want nil, false, %v", b, found, err, context.Canceled)
	}
	if all, err := s.All(cancelled()); all != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("All = %v, %v; want nil, %v", all, err, context.Canceled)
	}
	if err := s.Each(cancelled(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Each = %v; want %v", err, context.Canceled)
	}
	wantSent(t, f, "")

	if err := s.Commit(cancelled(), token, []byte("data"), inAnHour()); err != nil {
		t.Errorf("Commit = %v", err)
	}
	wantFind(t, s, token, "data", true)
	if err := s.Commit(cancelled(), token, []byte("data"), time.Time{}); err != nil {
		t.Errorf("Commit, past expiry = %v", err)
	}
	wantFind(t, s, token, "", false)
	s.Commit(ctx, token, []byte("data"), inAnHour())
	if err := s.Delete(cancelled(), token); err != nil {
		t.Errorf("Delete = %v", err)
	}
	wantFind(t, s, token, "", false)
}

// TestErrorAfterCancel: a client that reports a broken read instead of the
// context's end is the context's end all the same.
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

// TestErrorAtDeadline: so is a dial that ends with the context's deadline, before
// the context's own timer has fired.
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
