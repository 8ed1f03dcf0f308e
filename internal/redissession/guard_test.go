package redissession

import (
	"context"
	"strings"
	"testing"
)

// TestPanickingClient: a panic of the client, on whichever goroutine, is an
// error of the call; one of Each's fn stays the caller's.
func TestPanickingClient(t *testing.T) {
	for _, test := range []struct{ command, failing string }{
		{"GET app:" + token, "find"},
		{"SET app:" + token, "commit"},
		{"DEL app:" + token, "delete"},
		{"SCAN", "all each"},
		{"GETMANY", "all each"},
		{"SHARD", "all each"},
	} {
		s, f := newStore()
		f.put("app:"+token, []byte("data"), inAnHour().UnixMilli())
		f.put("app:other", []byte("data"), inAnHour().UnixMilli())
		f.onSent = func(command string) {
			if command == test.command {
				panic("app:" + token)
			}
		}
		s.client = guarded{panickingShards{f, test.command == "SHARD"}}
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

type panickingShards struct {
	*fake
	panics bool
}

func (p panickingShards) EachShard(ctx context.Context, visit func(context.Context, Shard) error) error {
	if p.panics {
		panic("no shards")
	}
	return p.fake.EachShard(ctx, visit)
}

// TestPanickingVisit: a panic on the goroutine of a visit is its error.
func TestPanickingVisit(t *testing.T) {
	err := Concurrently([]func() error{
		func() error { panic("out of range") },
		func() error { return nil },
	})
	if err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("Concurrently = %v; want the panic", err)
	}
}
