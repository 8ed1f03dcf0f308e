package goredisstore

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/scsredis/stores/internal/redistest"
)

// TestEvalNil: a nil instead of a script's reply may come from anywhere. It is an error,
// but not the server's.
func TestEvalNil(t *testing.T) {
	t.Parallel()
	one := redis.NewClient(&redis.Options{Addr: redistest.Start(t, redistest.Options{}).Addr})
	defer one.Close()
	set := redissession.Call{Script: "redis.call('SET', KEYS[1], ARGV[1]) return 1", Keys: []string{"key"}, Args: []string{"value"}}
	empty := redissession.Call{Script: "return nil", Keys: []string{"key"}}
	for name, c := range map[string]Client{"Client": one, "Wrapped": struct{ Client }{one}} {
		client := newClient(c)
		for _, calls := range [][]redissession.Call{{empty}, {set, empty}} {
			got, err := client.Eval(t.Context(), calls...)
			if _, ok := client.ServerError(err); got != nil || err == nil || ok {
				t.Errorf("%s: Eval of %d calls, one of which answers nil = %v, %v; want an error that is not the server's", name, len(calls), got, err)
			}
		}
	}
}

// TestEvalAttempts: the store adds no attempts to go-redis's own if one server refuses a
// script.
func TestEvalAttempts(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	server.Do(t, "REPLICAOF", "127.0.0.1", "1")
	const retries = 2
	one := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: retries})
	defer one.Close()
	set := redissession.Call{Script: "return redis.pcall('SET', KEYS[1], 'value')", Keys: []string{"key"}}
	commands := server.Commands(t, func() {
		if _, err := newClient(one).Eval(t.Context(), set); err == nil {
			t.Error("Eval on a replica = nil; want an error")
		}
	})
	if n := commands["eval"]; n != 1+retries {
		t.Errorf("a script was sent %d times; want %d", n, 1+retries)
	}
}
