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
	return New("fakestore", f, "app:"), f
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
	f.put("app:"+token, []byte("data"), inAnHour().UnixMilli())
	wantFind(t, s, token, "data", true)
	wantSent(t, f, "GET app:"+token)
}

func TestMalformedToken(t *testing.T) {
	s, f := newStore()
	for _, token := range []string{"", "admin:" + token, token + ":"} {
		f.put("app:"+token, []byte("foreign"), inAnHour().UnixMilli())
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
	if got := f.shards[0]["app:"+token].pxat; got != expiry.UnixMilli() {
		t.Errorf("PXAT = %d; want %d", got, expiry.UnixMilli())
	}
}

func TestCommitPastExpiry(t *testing.T) {
	for _, expiry := range []time.Time{{}, time.Now(), time.Now().Add(-time.Hour), time.Unix(0, 0), time.Unix(math.MinInt64/2, 0)} {
		s, f := newStore()
		f.put("app:"+token, []byte("data"), inAnHour().UnixMilli())
		if err := s.Commit(ctx, token, []byte("late"), expiry); err != nil {
			t.Errorf("Commit, expiry %v = %v", expiry, err)
		}
		wantSent(t, f, "DEL app:"+token)
		wantFind(t, s, token, "", false)
	}
}

func TestCommitFarExpiry(t *testing.T) {
	for want, expiry := range map[int64]time.Time{
		253402300799000: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		math.MaxInt64:   time.Unix(math.MaxInt64/2, 0),
	} {
		s, f := newStore()
		if err := s.Commit(ctx, token, nil, expiry); err != nil {
			t.Errorf("Commit = %v", err)
		}
		if got := f.shards[0]["app:"+token].pxat; got != want {
			t.Errorf("expiry %v: PXAT = %d; want %d", expiry, got, want)
		}
	}
}

func TestDelete(t *testing.T) {
	s, f := newStore()
	f.put("app:"+token, []byte("data"), inAnHour().UnixMilli())
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

type serverError struct{ text string }

func (e *serverError) Error() string { return e.text }

// TestErrors: every method's error names package and operation, is inspectable,
// and keeps tokens and data out of logs.
func TestErrors(t *testing.T) {
	for _, text := range []string{
		"dial tcp 127.0.0.1:6379: connect: connection refused",
		"ERR unknown command 'SET', with args beginning with: 'app:" + token + "' 'secret' ",
		"ERR unknown command `SET`, with args beginning with: `app:" + token[:20],
		"proxy: no backend for app:" + token + ", try later",
		"bad key app:" + token[:30] + "...",
		"script says " + token,
	} {
		s, f := newStore()
		cause := &serverError{text}
		f.fail = cause
		_, found, find := s.Find(ctx, token)
		if found {
			t.Errorf("Find found a session in an error")
		}
		all, list := s.All(ctx)
		if all != nil {
			t.Errorf("All = %v with an error; want nil", all)
		}
		for op, err := range map[string]error{
			"find":   find,
			"all":    list,
			"commit": s.Commit(ctx, token, []byte("secret"), inAnHour()),
			"delete": s.Delete(ctx, token),
			"each":   s.Each(ctx, func(string, []byte) error { return nil }),
		} {
			var got *serverError
			if !errors.As(err, &got) || got != cause {
				t.Errorf("%s: %v: errors.As does not find the client's error", op, err)
				continue
			}
			if !strings.HasPrefix(err.Error(), "fakestore: "+op+": "+text[:8]) {
				t.Errorf("%s: %q; want it to begin with fakestore: %[1]s: %s", op, err, text[:8])
			}
			hidden := []string{token[:20], "secret"}
			if op == "all" || op == "each" {
				hidden = []string{"app:" + token[:20], "secret"}
			}
			for _, secret := range hidden {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %q has %q in it", op, err, secret)
				}
			}
		}
	}
}

// TestErrorWithShortToken: a token that is part of a word leaves the word whole.
func TestErrorWithShortToken(t *testing.T) {
	s, f := newStore()
	f.fail = errors.New("connection refused")
	_, _, err := s.Find(ctx, "e")
	if want := "fakestore: find: connection refused"; err == nil || err.Error() != want {
		t.Errorf("Find = %v; want %s", err, want)
	}
}

// TestErrorWithTokenInData: data is hidden whole, although the token is in it.
func TestErrorWithTokenInData(t *testing.T) {
	s, f := newStore()
	data := "left " + token + " right"
	f.fail = errors.New("cannot store " + data)
	err := s.Commit(ctx, token, []byte(data), inAnHour())
	if want := "fakestore: commit: cannot store […]"; err == nil || err.Error() != want {
		t.Errorf("Commit = %v; want %s", err, want)
	}
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
