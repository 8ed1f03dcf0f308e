package redissession

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// TestFullServer: a full server refuses a Commit, and lets users log out.
func TestFullServer(t *testing.T) {
	for _, opts := range []Options{{Tombstone: time.Minute}, {UserKey: "user"}} {
		s, client := start(t, 1, opts)
		login(t, s, token, `"anna"`)
		client.servers[0].Do(t, "CONFIG", "SET", "maxmemory", "1")
		if kind := evalError(t, client, s.commitCall("other", []byte("data"), inAnHour())); kind != "OOM" {
			t.Errorf("commit on a full server: error of kind %q; want OOM", kind)
		}
		if err := s.Delete(ctx, token); err != nil {
			t.Errorf("UserKey %q: Delete on a full server = %v", opts.UserKey, err)
		}
		wantFind(t, s, token, "", false)
	}
}

// queued is a client on whose connection somebody has left a transaction open.
type queued struct{ *direct }

func (queued) Eval(_ context.Context, calls ...Call) ([]any, error) {
	return slices.Repeat([]any{"QUEUED"}, len(calls)), nil
}

// TestQueuedScripts: a script that has not run is an error.
func TestQueuedScripts(t *testing.T) {
	for name, opts := range map[string]Options{"Tombstone": {Tombstone: time.Minute}, "UserKey": {UserKey: "user"}} {
		s, client := start(t, 1, opts)
		s.client = queued{client}
		if err := s.Commit(ctx, token, []byte("data"), inAnHour()); !errors.Is(err, ErrReply) {
			t.Errorf("%s: Commit = %v; want %v", name, err, ErrReply)
		}
		if err := s.Delete(ctx, token); !errors.Is(err, ErrReply) {
			t.Errorf("%s: Delete = %v; want %v", name, err, ErrReply)
		}
	}
}

// TestScriptsOnReplica: what a replica refuses keeps its kind, so that it is
// worth another attempt.
func TestScriptsOnReplica(t *testing.T) {
	s, client := start(t, 1, Options{UserKey: "user"})
	client.servers[0].Do(t, "REPLICAOF", "127.0.0.1", "1")
	client.servers[0].Do(t, "CONFIG", "SET", "replica-serve-stale-data", "yes")
	for name, call := range map[string]Call{
		"commit":  s.commitCall(token, nil, inAnHour()),
		"delete":  s.deleteCall(deleteScript, token),
		"take":    s.deleteCall(takeScript, token),
		"index":   s.indexCall("anna", 1000, token),
		"unindex": {Script: unindexScript, Keys: []string{"k"}, Args: []string{"t"}},
	} {
		if kind := evalError(t, client, call); kind != "READONLY" {
			t.Errorf("%s on a replica: error of kind %q; want READONLY", name, kind)
		}
	}
}

// TestScriptsOnRedis62: Redis 6.2 writes the line of the script before an error of the
// server. A script can return the same text on every version.
func TestScriptsOnRedis62(t *testing.T) {
	_, client := start(t, 1, Options{})
	for text, want := range map[string]string{
		"@user_script: 12: -READONLY You can't write against a read only replica.\r\n": "READONLY",
		"@user_script: 3: -OOM command not allowed":                                    "OOM",
		"WRONGTYPE Operation against a key":                                            "WRONGTYPE",
	} {
		call := Call{Script: failed + "local reply = {err = ARGV[1]} if failed(reply) then return reply end", Keys: []string{"k"}, Args: []string{text}}
		if kind := evalError(t, client, call); kind != want {
			t.Errorf("%q: error of kind %q; want %q", text, kind, want)
		}
	}
}

// TestLateAttempt: an attempt sends the lifetime that is left by then, and leaves no
// session if none is left.
func TestLateAttempt(t *testing.T) {
	s, client := start(t, 1, Options{Tombstone: time.Minute})
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
		client.servers[0].Do(t, call.Command()...)
		redistest.Poll(t, "the session is gone", func() bool {
			_, found, err := s.Find(ctx, token)
			return !found && err == nil
		})
	}
}

// TestScriptNotPermitted: the error says that permissions are missing, whatever the
// server's text.
func TestScriptNotPermitted(t *testing.T) {
	s, client := start(t, 1, Options{Tombstone: time.Minute})
	for _, permission := range []string{"eval", "exists", "set"} {
		client.servers[0].Do(t, "ACL", "SETUSER", "default", "+@all", "-"+permission)
		err := s.Commit(ctx, token, []byte("data"), inAnHour())
		if err == nil || !strings.Contains(err.Error(), "need permissions of their own") {
			t.Errorf("Commit without +%s = %v; want that it needs permissions", permission, err)
		}
	}
}

// evalError returns the kind of the error that a script ends with.
func evalError(t *testing.T, client *direct, call Call) string {
	t.Helper()
	reply, err := client.Eval(ctx, call)
	if err == nil {
		t.Errorf("reply %v; want an error", reply)
		return ""
	}
	return Kind(err.Error())
}
