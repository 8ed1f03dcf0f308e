package redissession

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultTombstone is longer than requests take.
const defaultTombstone = 5 * time.Minute

// Every script calls Redis with pcall and returns an error as it is, so that READONLY and
// OOM keep their kinds. Redis 6.2 writes "@user_script: 7: -" before them, which trimLine
// removes. The Lua function failed reports whether a reply is an error.
const trimLine = `reply.err = string.gsub(reply.err, '^@.-: %-', '')`

const failed = `
local function failed(reply)
	if type(reply) ~= 'table' or not reply.err then return false end
	` + trimLine + `
	return true
end
`

// commitScript stores a session and returns OK. If the session has a tombstone, it stores
// nothing and returns 1. Nothing else runs between check and write. It is short because
// servers hash the script each time.
const commitScript = `local gone = redis.pcall('EXISTS', KEYS[2])
if gone ~= 0 then return gone end
local reply = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if reply.err then ` + trimLine + ` end
return reply`

// deleteScript removes a session, and then stores a tombstone: a full server refuses the
// tombstone, but has removed the session. It returns how many sessions it has removed.
const deleteScript = failed + `
local removed = redis.pcall('DEL', KEYS[1])
if failed(removed) then return removed end
local set = redis.pcall('SET', KEYS[2], '', 'PX', ARGV[1])
if failed(set) then return set end
return removed`

func (s *Store) commitCall(token string, b []byte, expiry time.Time) Call {
	return Call{
		Script: commitScript,
		Keys:   []string{s.keys.key(token), s.keys.tombstone(token)},
		Args:   []string{string(b)},
		Expiry: expiry,
	}
}

func (s *Store) deleteCall(script, token string) Call {
	return Call{
		Script: script,
		Keys:   []string{s.keys.key(token), s.keys.tombstone(token)},
		Args:   []string{strconv.FormatInt(s.tombstone.Milliseconds(), 10)},
	}
}

// commitUnlessDeleted stores a session unless it has a tombstone. If the session has a
// user, it writes the index first.
func (s *Store) commitUnlessDeleted(ctx context.Context, token string, b []byte, expiry time.Time) error {
	calls := []Call{s.commitCall(token, b, expiry)}
	user := s.users.of(b)
	if user != "" {
		calls = slices.Insert(calls, 0, s.indexCall(user, Lifetime(expiry), token))
	}
	replies, err := s.eval(ctx, calls...)
	if err != nil {
		return err
	}
	ok, err := stored(replies[len(calls)-1])
	if ok || err != nil || user == "" {
		return err
	}
	return s.unindex(ctx, user, []string{token})
}

// deleteForGood removes a session and leaves a tombstone.
func (s *Store) deleteForGood(ctx context.Context, token string) error {
	if s.users != nil {
		return s.deleteOfUser(ctx, token)
	}
	replies, err := s.eval(ctx, s.deleteCall(deleteScript, token))
	if err != nil {
		return err
	}
	return WantInt(replies[0], nil)
}

// stored reports whether the reply of commitScript says that it has stored the session.
func stored(reply any) (bool, error) {
	if reply == int64(1) {
		return false, nil
	}
	if status, err := text(reply); status != "OK" || err != nil {
		return false, ErrReply
	}
	return true, nil
}

// eval runs scripts and returns one reply for each.
func (s *Store) eval(ctx context.Context, calls ...Call) ([]any, error) {
	if len(calls) == 0 {
		return nil, nil
	}
	replies, err := s.client.Eval(ctx, calls...)
	if text, ok := s.client.ServerError(err); ok && notPermitted(text) {
		err = Note("Tombstone and UserKey need permissions of their own, see the README", err)
	}
	return replies, err
}

// notPermitted reports whether text says that the user may not run a script, or a command
// in it. For the command, Redis up to 7.0 and later versions have different texts.
func notPermitted(text string) bool {
	return Kind(text) == "NOPERM" || strings.Contains(text, "user executing the script") || strings.Contains(text, "ACL failure in script")
}
