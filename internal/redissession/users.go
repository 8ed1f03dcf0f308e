package redissession

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Codec is scs.Codec.
type Codec interface {
	Encode(deadline time.Time, values map[string]any) ([]byte, error)
	Decode(b []byte) (deadline time.Time, values map[string]any, err error)
}

// users says whose a session is. What the session says decides, not the index.
type users struct {
	key   string // of the session value that holds the user's ID
	codec Codec
}

// of returns the user of a session, or an empty string if it has none or cannot
// be decoded.
func (u *users) of(b []byte) string {
	_, values, err := u.codec.Decode(b)
	if err != nil || values[u.key] == nil {
		return ""
	}
	return fmt.Sprint(values[u.key])
}

// errNoUserKey is returned by the methods on users of a store without the option.
var errNoUserKey = errors.New("the store has no index of users: set Options.UserKey")

// A user's index is a sorted set of tokens by expiry, by the clock of the server
// that has it. Commit writes the index before the session, so that every session
// that can be found is in it. An entry leaves only when it expired a minute ago, or
// when its token has just been tombstoned: one without a session may belong to a
// Commit that is between its two writes. The key expires with its highest score.

// expireIndex is the end of the scripts that change an index.
const expireIndex = `
local top = redis.pcall('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if failed(top) then return top end
if not top[2] then return 0 end
return redis.pcall('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(top[2])))`

// indexScript adds tokens to an index, each after its lifetime in milliseconds.
// GT keeps the later of two expiries: of two Commits at once the one that is later
// in the index may be the earlier in the session. The longest score is what a
// number of Lua holds exactly.
const indexScript = failed + `
local time = redis.pcall('TIME')
if failed(time) then return time end
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local pruned = redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - 60000))
if failed(pruned) then return pruned end
local score = string.format('%.0f', math.min(now + ARGV[1], 9007199254740991))
local added = redis.pcall('ZADD', KEYS[1], 'GT', score, ARGV[2])
if failed(added) then return added end` + expireIndex

// unindexScript takes tokens out of an index.
const unindexScript = failed + `
for i = 1, #ARGV do
	local removed = redis.pcall('ZREM', KEYS[1], ARGV[i])
	if failed(removed) then return removed end
end` + expireIndex

// entriesScript returns the tokens in an index.
const entriesScript = `return redis.pcall('ZRANGE', KEYS[1], 0, -1)`

// readScript returns a session's data in an array, which is empty if there is no
// session.
const readScript = failed + `
local data = redis.pcall('GET', KEYS[1])
if failed(data) and string.sub(data.err, 1, 9) ~= 'WRONGTYPE' then return data end
if type(data) == 'string' then return {data} end
return {}`

// takeScript is deleteScript, and returns in an array the data that it removed.
const takeScript = failed + `
local data = redis.pcall('GET', KEYS[1])
local removed = redis.pcall('DEL', KEYS[1])
if failed(removed) then return removed end
local set = redis.pcall('SET', KEYS[2], '', 'PX', ARGV[1])
if failed(set) then return set end
if type(data) == 'string' then return {data} end
return {}`

// lifetimeScript returns how long a session lives on, in milliseconds.
const lifetimeScript = `return redis.pcall('PTTL', KEYS[1])`

// buriedScript returns whether a session has a tombstone.
const buriedScript = `return redis.pcall('EXISTS', KEYS[1])`

func (s *Store) indexCall(user string, lifetime int64, token string) Call {
	return Call{
		Script: indexScript,
		Keys:   []string{s.keys.user(user)},
		Args:   []string{strconv.FormatInt(lifetime, 10), token},
	}
}

func (s *Store) unindex(ctx context.Context, user string, tokens []string) error {
	for batch := range slices.Chunk(tokens, 1000) {
		if _, err := s.evalInt(ctx, Call{Script: unindexScript, Keys: []string{s.keys.user(user)}, Args: batch}); err != nil {
			return err
		}
	}
	return nil
}

// commitOfUser stores a session of a user, after its entry in the index.
func (s *Store) commitOfUser(ctx context.Context, user, token string, b []byte, expiry time.Time) error {
	replies, err := s.eval(ctx,
		s.indexCall(user, max(Lifetime(expiry), 1), token),
		s.commitCall(token, b, expiry))
	if err != nil {
		return err
	}
	switch replies[1] {
	case int64(1):
		return nil
	case int64(0): // a tombstone
		return s.unindex(ctx, user, []string{token})
	}
	return ErrReply
}

// deleteOfUser removes a session, leaves a tombstone, and takes the session out of
// its user's index.
func (s *Store) deleteOfUser(ctx context.Context, token string) error {
	replies, err := s.eval(ctx, s.deleteCall(takeScript, token))
	if err != nil {
		return err
	}
	data, found, err := taken(replies[0])
	if err != nil || !found {
		return err
	}
	if user := s.users.of(data); user != "" {
		if err := s.unindex(ctx, user, []string{token}); err != nil {
			return Note("the session is deleted, but not yet out of its user's index", err)
		}
	}
	return nil
}

// taken returns the data in a reply that is an array of one, or of none.
func taken(reply any) (data []byte, found bool, err error) {
	elements, err := array(reply, -1)
	if err != nil || len(elements) == 0 {
		return nil, false, err
	}
	data, err = bytesOrNil(elements[0])
	if err == nil && (data == nil || len(elements) > 1) {
		err = ErrReply
	}
	return data, err == nil, err
}

// userBatch is how many sessions of a user are read or deleted at a time: they may
// be large.
const userBatch = 16

// eachOfUser calls handle with the entries of a user's index, in batches, and the
// data of their sessions, nil where there is none.
func (s *Store) eachOfUser(ctx context.Context, user string, handle func(tokens []string, data [][]byte) error) error {
	replies, err := s.eval(ctx, Call{Script: entriesScript, Keys: []string{s.keys.user(user)}})
	if err != nil {
		return err
	}
	entries, err := array(replies[0], -1)
	if err != nil {
		return err
	}
	tokens := make([]string, len(entries))
	for i, entry := range entries {
		if tokens[i], err = text(entry); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(tokens, userBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		calls := make([]Call, len(batch))
		for i, token := range batch {
			calls[i] = Call{Script: readScript, Keys: []string{s.keys.key(token)}}
		}
		replies, err := s.eval(ctx, calls...)
		if err != nil {
			return err
		}
		data := make([][]byte, len(batch))
		for i, reply := range replies {
			if data[i], _, err = taken(reply); err != nil {
				return err
			}
		}
		if err := handle(batch, data); err != nil {
			return err
		}
	}
	return nil
}

// UserSessions returns the data of every live session of a user by token, or an
// error, never a part. Map and slices are the caller's.
func (s *Store) UserSessions(ctx context.Context, user string) (map[string][]byte, error) {
	if s.users == nil {
		return nil, s.fail(ctx, "user sessions", errNoUserKey)
	}
	sessions := make(map[string][]byte)
	if user == "" {
		return sessions, nil
	}
	err := s.eachOfUser(ctx, user, func(tokens []string, data [][]byte) error {
		for i, b := range data {
			if b != nil && s.users.of(b) == user {
				sessions[tokens[i]] = b
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.fail(ctx, "user sessions", err, user)
	}
	return sessions, nil
}

// DeleteUserSessions ends the sessions of a user, but for those tokens, and
// returns how many it has ended. After an error some may be left, and another call
// finishes. It runs to its end even if ctx is cancelled.
func (s *Store) DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error) {
	if s.users == nil {
		return 0, s.fail(ctx, "delete user sessions", errNoUserKey)
	}
	if user == "" {
		return 0, nil
	}
	ctx = context.WithoutCancel(ctx)
	var ended []string
	err = s.eachOfUser(ctx, user, func(tokens []string, data [][]byte) error {
		var calls []Call
		for i, token := range tokens {
			// An entry without a session may belong to a Commit between its two writes. The
			// tombstone ends that too.
			if !slices.Contains(except, token) && (data[i] == nil || s.users.of(data[i]) == user) {
				ended = append(ended, token)
				calls = append(calls, s.deleteCall(deleteScript, token))
			}
		}
		if len(calls) == 0 {
			return nil
		}
		replies, err := s.eval(ctx, calls...)
		if err != nil {
			return err
		}
		for _, reply := range replies {
			n, ok := reply.(int64)
			if !ok {
				return ErrReply
			}
			deleted += int(n)
		}
		return nil
	})
	if err == nil {
		err = s.unindex(ctx, user, ended)
	}
	if err != nil {
		return deleted, s.fail(ctx, "delete user sessions", err, user)
	}
	return deleted, nil
}

// IndexUserSessions adds all sessions that have a user to the index, those that
// were committed without the option too. It reads every session, a page at a
// time.
func (s *Store) IndexUserSessions(ctx context.Context) error {
	if s.users == nil {
		return s.fail(ctx, "index user sessions", errNoUserKey)
	}
	err := s.eachPage(ctx, func(p page) error {
		var entries []userEntry
		for i, token := range p.tokens {
			if p.values[i] == nil {
				continue
			}
			if user := s.users.of(p.values[i]); user != "" {
				entries = append(entries, userEntry{user, token})
			}
		}
		for batch := range slices.Chunk(entries, 100) {
			if err := s.index(ctx, batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return s.fail(ctx, "index user sessions", err)
	}
	return nil
}

// userEntry is a session in a user's index.
type userEntry struct{ user, token string }

// index adds sessions to the index that are there already. One that is deleted at
// that very moment has a tombstone after it was added, and is taken out again.
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
		case lifetime == -1: // no store has left it so
			lifetime = maxLifetime
		case lifetime < 0: // gone
			continue
		}
		indexed = append(indexed, e)
		calls = append(calls, s.indexCall(e.user, lifetime, e.token),
			Call{Script: buriedScript, Keys: []string{s.keys.tombstone(e.token)}})
	}
	if len(calls) == 0 {
		return nil
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
