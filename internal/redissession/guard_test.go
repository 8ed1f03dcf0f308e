package redissession

import (
	"context"
	"strings"
	"testing"
)

// TestPanickingClient: a panic of the client, on any goroutine, is an error of the call.
// A panic of Each's fn reaches the caller.
func TestPanickingClient(t *testing.T) {
	for _, test := range []struct{ command, failing string }{
		{"GET app:" + token, "find"},
		{"SET app:" + token, "commit"},
		{"DEL app:" + token, "delete"},
		{"SCAN", "all each"},
		{"MGET", "all each"},
		{"VISIT", "all each"},
	} {
		s, f := newStore()
		f.put("app:"+token, []byte("data"))
		f.put("app:other", []byte("data"))
		f.onSent = func(command string) {
			if command == test.command {
				panic("app:" + token)
			}
		}
		s.client = guarded{panickingVisits{f, test.command == "VISIT"}}
		_, found, find := s.Find(ctx, token)
		if found != (find == nil) {
			t.Errorf("Find = %v, %v", found, find)
		}
		_, list := s.All(ctx)
		for op, err := range map[string]error{
			"find":   find,
			"all":    list,
			"each":   s.Each(ctx, func(string, []byte) error { return nil }),
			"delete": s.Delete(ctx, token),
			"commit": s.Commit(ctx, token, []byte("data"), inAnHour()),
		} {
			want := strings.Contains(test.failing, op)
			if (err != nil) != want {
				t.Errorf("a panic in %s: %s = %v; want an error: %v", test.command, op, err, want)
			}
			if err != nil && (strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), "panicked")) {
				t.Errorf("a panic in %s: %s = %q; want it to say so, without the token", test.command, op, err)
			}
		}
	}
}

type panickingVisits struct {
	*fake
	panics bool
}

func (p panickingVisits) EachPrimary(ctx context.Context, visit func(context.Context, Primary) error) error {
	if p.panics {
		panic("no primaries")
	}
	return p.fake.EachPrimary(ctx, visit)
}

// TestPanickingVisit: a panic on the goroutine of a visit is its error.
func TestPanickingVisit(t *testing.T) {
	three := []int{0, 1, 2}
	err := Concurrently(three, func(i int) error { _ = three[i+1]; return nil })
	if err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("Concurrently = %v; want the panic", err)
	}
}
