package redissession

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// TestTombstone: a Commit that began before a Delete, or comes after it, does not
// bring the session back.
func TestTombstone(t *testing.T) {
	for _, prefix := range []string{"app:", "{app}:", "a{b}c:", ""} {
		s, client := newLive(t, Options{Prefix: prefix, Tombstone: time.Minute})
		commit := func() {
			t.Helper()
			if err := s.Commit(ctx, token, []byte("data"), inAnHour()); err != nil {
				t.Fatalf("prefix %q: Commit = %v", prefix, err)
			}
		}
		commit()
		wantFind(t, s, token, "data", true)
		for range 2 {
			if err := s.Delete(ctx, token); err != nil {
				t.Fatalf("prefix %q: Delete = %v", prefix, err)
			}
			commit()
			wantFind(t, s, token, "", false)
		}
		if all, err := s.All(ctx); len(all) != 0 || err != nil {
			t.Errorf("prefix %q: All = %q, %v; want no session", prefix, all, err)
		}
		if got, want := Slot(s.keys.tombstone(token)), Slot(s.keys.key(token)); got != want {
			t.Errorf("prefix %q: the tombstone is in slot %d, the session in %d", prefix, got, want)
		}
		if ttl := client.do("PTTL", s.keys.tombstone(token)).(int64); ttl < 50_000 || ttl > 60_000 {
			t.Errorf("prefix %q: the tombstone lives for %d ms; want a minute", prefix, ttl)
		}
		client.do("DEL", s.keys.tombstone(token)) // as its expiry does
		commit()
		wantFind(t, s, token, "data", true)
		if err := s.Commit(ctx, token, []byte("late"), time.Now()); err != nil {
			t.Errorf("prefix %q: Commit of a past expiry = %v", prefix, err)
		}
		wantFind(t, s, token, "", false)
	}
}

func TestTombstoneTokens(t *testing.T) {
	s, _ := newLive(t, Options{Prefix: "app:", Tombstone: time.Minute})
	for _, token := range []string{"{", "}", "a{b}c", "x:y"} {
		if err := s.Commit(ctx, token, nil, inAnHour()); err == nil {
			t.Errorf("Commit(%q) = nil; want an error", token)
		}
		if err := s.Delete(ctx, token); err != nil {
			t.Errorf("Delete(%q) = %v", token, err)
		}
	}
	for prefix, want := range map[string]bool{"app:": true, "{app}:": true, "{app:": false, "{}:": false, "{a}{b}:": false, "}{": false} {
		func() {
			defer func() {
				if panicked := recover() != nil; panicked == want {
					t.Errorf("New with the prefix %q panics: %v; want %v", prefix, panicked, !want)
				}
			}()
			New("livestore", newFake(1), Options{Prefix: prefix, Tombstone: time.Second})
		}()
	}
}

// TestFullServer: a full server refuses a Commit, and lets users log out.
func TestFullServer(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	login(t, s, token, `"anna"`)
	client.do("CONFIG", "SET", "maxmemory", "1")
	if kind := evalError(t, client.server, s.commitCall("other", []byte("data"), inAnHour())); kind != "OOM" {
		t.Errorf("commit on a full server: error of kind %q; want OOM", kind)
	}
	if err := s.Delete(ctx, token); err != nil {
		t.Errorf("Delete on a full server = %v", err)
	}
	wantFind(t, s, token, "", false)
}

// TestScriptsOnReplica: what a replica refuses keeps its kind, so that it is
// worth another attempt.
func TestScriptsOnReplica(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", UserKey: "user"})
	client.do("REPLICAOF", "127.0.0.1", "1")
	client.do("CONFIG", "SET", "replica-serve-stale-data", "yes")
	for name, call := range map[string]Call{
		"commit":  s.commitCall(token, nil, inAnHour()),
		"delete":  s.deleteCall(deleteScript, token),
		"take":    s.deleteCall(takeScript, token),
		"index":   s.indexCall("anna", 1000, token),
		"unindex": {Script: unindexScript, Keys: []string{"k"}, Args: []string{"t"}},
	} {
		if kind := evalError(t, client.server, call); kind != "READONLY" {
			t.Errorf("%s on a replica: error of kind %q; want READONLY", name, kind)
		}
	}
}

// TestScriptsOnRedis62: Redis 6.2 writes the line of the script before an error of the
// server. A script can return the same text on every version.
func TestScriptsOnRedis62(t *testing.T) {
	_, client := newLive(t, Options{})
	for text, want := range map[string]string{
		"@user_script: 12: -READONLY You can't write against a read only replica.\r\n": "READONLY",
		"@user_script: 3: -OOM command not allowed":                                    "OOM",
		"WRONGTYPE Operation against a key":                                            "WRONGTYPE",
	} {
		call := Call{Script: failed + "local reply = {err = ARGV[1]} if failed(reply) then return reply end", Keys: []string{"k"}, Args: []string{text}}
		if kind := evalError(t, client.server, call); kind != want {
			t.Errorf("%q: error of kind %q; want %q", text, kind, want)
		}
	}
}

// TestLateAttempt: an attempt sends the lifetime that is left by then, and leaves no
// session if none is left.
func TestLateAttempt(t *testing.T) {
	s, client := newLive(t, Options{Prefix: "app:", Tombstone: time.Minute})
	lifetime := func(call Call) time.Duration {
		ms, _ := strconv.Atoi(call.Arguments()[1])
		return time.Duration(ms) * time.Millisecond
	}
	const waits = 30 * time.Millisecond
	call := s.commitCall(token, []byte("data"), inAnHour())
	before := lifetime(call)
	time.Sleep(waits)
	if after := lifetime(call); after > before-waits {
		t.Errorf("an attempt that comes %v later sends a lifetime of %v, the first %v", waits, after, before)
	}
	for _, call.Expiry = range []time.Time{time.Now(), time.Now().Add(-time.Hour)} {
		client.do(call.Command()...)
		redistest.Poll(t, "the session is gone", func() bool {
			_, found, err := s.Find(ctx, token)
			return !found && err == nil
		})
	}
}

// TestScriptNotPermitted: the error says so, whatever the server's words.
func TestScriptNotPermitted(t *testing.T) {
	for _, permission := range []string{"eval", "exists", "set"} {
		s, client := newLive(t, Options{Prefix: "app:", Tombstone: time.Minute})
		client.do("ACL", "SETUSER", "default", "-"+permission)
		err := s.Commit(ctx, token, []byte("data"), inAnHour())
		if err == nil || !strings.Contains(err.Error(), "need permissions of their own") {
			t.Errorf("Commit without +%s = %v; want that it needs permissions", permission, err)
		}
	}
}

// evalError returns the kind of the error that a script ends with.
func evalError(t *testing.T, server *redistest.Server, call Call) string {
	t.Helper()
	reply, err := server.TryDo(call.Command()...)
	if err == nil {
		t.Errorf("reply %v; want an error", reply)
		return ""
	}
	return Kind(err.Error())
}

// TestRequestUnderWay: the slow request of two, whose user logs out meanwhile.
func TestRequestUnderWay(t *testing.T) {
	for _, tombstone := range []time.Duration{0, time.Minute} {
		s, _ := newLive(t, Options{Prefix: "app:", Tombstone: tombstone})
		s.Commit(ctx, token, []byte("logged in"), inAnHour())
		b, _, _ := s.Find(ctx, token)
		if err := s.Delete(context.Background(), token); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(ctx, token, b, inAnHour()); err != nil {
			t.Fatal(err)
		}
		if _, found, err := s.Find(ctx, token); found != (tombstone == 0) || err != nil {
			t.Errorf("Tombstone %v: Find after the logout = %v, %v", tombstone, found, err)
		}
	}
}
