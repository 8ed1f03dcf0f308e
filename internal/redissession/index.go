package redissession

import (
	"context"
	"slices"
	"strconv"
)

// A user's index is a sorted set of tokens. The score is the expiry by the clock of the
// server that has the index. Commit writes the index before the session, so every session
// that can be found is in the index. An entry is removed only a minute after its expiry,
// or when its token has just got a tombstone: an entry without a session may belong to a
// Commit that is between its two writes, and the session of a slow Commit expires later
// than its entry. The key expires a minute after its highest score.

// expireIndex ends the scripts that change an index. It sets the expiry of the key.
const expireIndex = `
local top = redis.pcall('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if failed(top) then return top end
if not top[2] then return 0 end
return redis.pcall('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(top[2]) + 60000))`

// indexScript adds a token to an index. Its arguments are the lifetime in milliseconds
// and the token. GT keeps the later of two expiries, because two Commits at once may
// write index and session in different orders. The highest score is the largest number
// that Lua holds exactly.
const indexScript = failed + `
local time = redis.pcall('TIME')
if failed(time) then return time end
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local pruned = redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - 60000))
if failed(pruned) then return pruned end
local score = string.format('%.0f', math.min(now + ARGV[1], 9007199254740991))
local added = redis.pcall('ZADD', KEYS[1], 'GT', score, ARGV[2])
if failed(added) then return added end` + expireIndex

// unindexScript removes tokens from an index.
const unindexScript = failed + `
for i = 1, #ARGV do
	local removed = redis.pcall('ZREM', KEYS[1], ARGV[i])
	if failed(removed) then return removed end
end` + expireIndex

// entriesScript returns the tokens in an index.
const entriesScript = `return redis.pcall('ZRANGE', KEYS[1], 0, -1)`

// entriesOfPrimaryScript is entriesScript, but fails on a replica, whose index may lack
// sessions. Its first command is a write that removes nothing.
const entriesOfPrimaryScript = failed + `
local primary = redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', '-inf')
if failed(primary) then return primary end ` + entriesScript

// readScript returns a session's data in an array, which is empty if there is no
// session.
const readScript = failed + `
local data = redis.pcall('GET', KEYS[1])
if failed(data) and string.sub(data.err, 1, 9) ~= 'WRONGTYPE' then return data end
if type(data) == 'string' then return {data} end
return {}`

// takeScript is deleteScript, but returns the data that it removed, in an array.
const takeScript = failed + `
local data = redis.pcall('GET', KEYS[1])
local removed = redis.pcall('DEL', KEYS[1])
if failed(removed) then return removed end
local set = redis.pcall('SET', KEYS[2], '', 'PX', ARGV[1])
if failed(set) then return set end
if type(data) == 'string' then return {data} end
return {}`

// lifetimeScript returns the time until a session expires, in milliseconds.
const lifetimeScript = `return redis.pcall('PTTL', KEYS[1])`

// tombstonedScript returns 1 if a session has a tombstone, and 0 if not.
const tombstonedScript = `return redis.pcall('EXISTS', KEYS[1])`

func (s *Store) indexCall(user string, lifetime int64, token string) Call {
	return Call{
		Script: indexScript,
		Keys:   []string{s.keys.user(user)},
		Args:   []string{strconv.FormatInt(lifetime, 10), token},
	}
}

func (s *Store) unindex(ctx context.Context, user string, tokens []string) error {
	for batch := range slices.Chunk(tokens, 1000) {
		if _, err := s.eval(ctx, Call{Script: unindexScript, Keys: []string{s.keys.user(user)}, Args: batch}); err != nil {
			return err
		}
	}
	return nil
}

// IndexUserSessions adds all sessions that have a user to the index, also those that were
// committed without the option. It reads every session, page by page.
func (s *Store) IndexUserSessions(ctx context.Context) (err error) {
	defer s.end(ctx, "index user sessions", &err, "", nil)
	if s.users == nil {
		return errNoUserKey
	}
	var entries []userEntry
	err = s.list(ctx, func(token string, b []byte) error {
		if user := s.users.of(b); user != "" {
			entries = append(entries, userEntry{user, token})
		}
		if len(entries) < 100 {
			return nil
		}
		batch := entries
		entries = nil
		return s.index(ctx, batch)
	})
	if err != nil {
		return err
	}
	return s.index(ctx, entries)
}

// userEntry is a session in a user's index.
type userEntry struct{ user, token string }

// index adds existing sessions to the index. If a session is deleted at the same time, it
// has a tombstone after it was added, and index removes it again.
func (s *Store) index(ctx context.Context, entries []userEntry) error {
	calls := make([]Call, len(entries))
	for i, e := range entries {
		calls[i] = Call{Script: lifetimeScript, Keys: []string{s.keys.key(e.token)}}
	}
	lifetimes, err := s.eval(ctx, calls...)
	if err != nil {
		return err
	}
	calls = calls[:0]
	var indexed []userEntry
	for i, e := range entries {
		lifetime, ok := lifetimes[i].(int64)
		switch {
		case !ok:
			return ErrReply
		case lifetime == -1: // it has no expiry, so no store wrote it
			lifetime = maxLifetime
		case lifetime < 0: // the session is gone
			continue
		}
		indexed = append(indexed, e)
		calls = append(calls, s.indexCall(e.user, lifetime, e.token),
			Call{Script: tombstonedScript, Keys: []string{s.keys.tombstone(e.token)}})
	}
	replies, err := s.eval(ctx, calls...)
	if err != nil {
		return err
	}
	for i, e := range indexed {
		if replies[2*i+1] == int64(1) {
			if err := s.unindex(ctx, e.user, []string{e.token}); err != nil {
				return err
			}
		}
	}
	return nil
}
