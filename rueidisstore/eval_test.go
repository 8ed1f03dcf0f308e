package rueidisstore

import (
	"context"
	"fmt"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/adaptertest"
	"github.com/scsredis/stores/internal/redissession"
	"github.com/scsredis/stores/internal/redistest"
)

// TestEval runs scripts on every topology, on keys of different slots in one
// call.
func TestEval(t *testing.T) {
	adaptertest.Long(t)
	sentinel := redistest.StartSentinel(t, redistest.Options{}, 10*time.Second)
	cluster := redistest.StartReplicatedCluster(t, redistest.Options{})
	for _, topology := range []struct {
		name, masterSet string
		addrs           []string
	}{
		{"Single", "", []string{redistest.Start(t, redistest.Options{}).Addr}},
		{"Sentinel", redistest.SentinelName, sentinel.Addrs()},
		{"Cluster", "", cluster.Addrs()},
	} {
		dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
		conn, err := rueidis.NewClient(rueidis.ClientOption{
			InitAddress: topology.addrs, Dialer: dialer, ConnWriteTimeout: time.Second,
			Sentinel: rueidis.SentinelOption{MasterSet: topology.masterSet, Dialer: dialer},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		t.Run(topology.name, func(t *testing.T) { testEval(t, newClient(conn), "") })
		t.Run(topology.name+"Cached", func(t *testing.T) { testEval(t, newCachedClient(conn, time.Hour), "cached:") })
	}
}

func testEval(t *testing.T, c redissession.Client, prefix string) {
	ctx := context.Background()
	set := func(key, value string) redissession.Call {
		return redissession.Call{Script: "return redis.call('SET', KEYS[1], ARGV[1], 'GET') or ''", Keys: []string{prefix + key}, Args: []string{value}}
	}
	// Three slots, and one again: in order.
	replies, err := c.Eval(ctx, set("a", "1"), set("b", "2"), set("c", "3"), set("a", "4"))
	if want := []any{[]byte{}, []byte{}, []byte{}, []byte("1")}; err != nil || !reflect.DeepEqual(replies, want) {
		t.Errorf("Eval = %q, %v; want %q", replies, err, want)
	}
	for key, want := range map[string]string{"a": "4", "b": "2", "c": "3"} {
		if value, found, err := c.Get(ctx, prefix+key); string(value) != want || !found || err != nil {
			t.Errorf("Get(%s) = %q, %v, %v; want %s", key, value, found, err, want)
		}
	}

	const now = "local t = redis.call('TIME') return t[1] * 1000000 + t[2]"
	replies, err = c.Eval(ctx,
		redissession.Call{Script: "local n = 0 for i = 1, 3000000 do n = n + i end " + now, Keys: []string{prefix + "a"}},
		redissession.Call{Script: now, Keys: []string{prefix + "b"}})
	if err != nil || replies[0].(int64) >= replies[1].(int64) {
		t.Errorf("Eval of two scripts = %v, %v; want the first to end before the second begins", replies, err)
	}

	failing := redissession.Call{Script: "return redis.error_reply('OOM no room for ' .. ARGV[1])", Keys: []string{"b"}, Args: []string{"it"}}
	replies, err = c.Eval(ctx, set("a", "5"), failing, set("c", "6"))
	if text, ok := c.ServerError(err); replies != nil || !ok || redissession.Kind(text) != "OOM" {
		t.Errorf("Eval of a script that fails = %q, %v; want nil and the script's error", replies, err)
	}

	for script, want := range map[string]any{
		"return 7":                                     int64(7),
		"return 'text'":                                []byte("text"),
		"return redis.status_reply('OK')":              []byte("OK"),
		"return {1, 'two', {3}}":                       []any{int64(1), []byte("two"), []any{int64(3)}},
		"return {}":                                    []any{},
		"return false":                                 nil,
		"redis.setresp(3); return true":                int64(1),
		"redis.setresp(3); return false":               int64(0),
		"return {double = 1.5}":                        "1.5",
		"return {big_number = '12345678901234567890'}": "12345678901234567890",
		"return {verbatim_string = {format = 'txt', string = 'v'}}": "v",
		"return {map = {k = 1}}":                                    []any{"k", int64(1)},
		"return {set = {s = true}}":                                 []any{[]byte("s")},
	} {
		replies, err := c.Eval(ctx, redissession.Call{Script: script, Keys: []string{"a"}})
		if err != nil || !reflect.DeepEqual(replies, []any{want}) {
			t.Errorf("Eval(%s) = %#v, %v; want %#v", script, replies, err, want)
		}
	}
}

// TestEvalOwnWrites: all keys of a script count as written.
func TestEvalOwnWrites(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	conn, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	c := newCachedClient(conn, time.Hour)
	other := newClient(conn)
	for i := range 1000 {
		key := fmt.Sprint("key", i)
		if err := other.Set(ctx, key, []byte("old"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, found, err := c.Get(ctx, key); !found || err != nil {
				t.Fatalf("Get = %v, %v; want true, <nil>", found, err)
			}
		}
		_, err := c.Eval(ctx, redissession.Call{Script: "return redis.call('SET', KEYS[2], 'new')", Keys: []string{"any", key}})
		if err != nil {
			t.Fatal(err)
		}
		if value, found, err := c.Get(ctx, key); string(value) != "new" || !found || err != nil {
			t.Fatalf("Get after Eval = %q, %v, %v; want new", value, found, err)
		}
	}
}

// TestEvalBroken: connections that the server has closed cost an attempt, not an
// error.
func TestEvalBroken(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	conn, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	c := newClient(conn)
	call := redissession.Call{Script: "return redis.call('GET', KEYS[1]) or 'none'", Keys: []string{"key"}}
	for range 20 {
		server.Do(t, "CLIENT", "KILL", "TYPE", "normal")
		if replies, err := c.Eval(ctx, call, call); len(replies) != 2 || err != nil {
			t.Errorf("Eval over a connection that broke = %q, %v; want 2 replies", replies, err)
		}
	}
}
