package redissession

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Codec is scs.Codec.
type Codec interface {
	Encode(deadline time.Time, values map[string]any) ([]byte, error)
	Decode(b []byte) (deadline time.Time, values map[string]any, err error)
}

// users finds out whose session it is. The session's data decides that, not the index.
type users struct {
	key   string // of the session value that holds the user's ID
	codec Codec
}

// of returns the user of a session, or an empty string if it has none or cannot
// be decoded, or the store has no users.
func (u *users) of(b []byte) string {
	if u == nil {
		return ""
	}
	user, _ := u.decode(b)
	return user
}

// decode is of, and also reports whether the session could be decoded. If the Codec
// panics, it could not.
func (u *users) decode(b []byte) (user string, ok bool) {
	err := guard(func() error {
		_, values, err := u.codec.Decode(b)
		if err == nil && values[u.key] != nil {
			user = fmt.Sprint(values[u.key])
		}
		return err
	})
	return user, err == nil
}

// errNoUserKey is returned by the methods on users of a store without the option.
var errNoUserKey = errors.New("the store has no index of users: set Options.UserKey")

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

// taken returns the data in a reply that is an array of one element, or of none.
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

// eachOfUser calls handle with the entries of a user's index, in batches, and with the
// data of their sessions. The data is nil if there is no session. script returns the
// entries.
func (s *Store) eachOfUser(ctx context.Context, script, user string, handle func(tokens []string, data [][]byte) error) error {
	replies, err := s.eval(ctx, Call{Script: script, Keys: []string{s.keys.user(user)}})
	if err != nil {
		return err
	}
	tokens, err := texts(replies[0])
	if err != nil {
		return err
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

// UserSessions returns the data of every live session of a user by token, or an error,
// never a part. Map and slices belong to the caller.
func (s *Store) UserSessions(ctx context.Context, user string) (_ map[string][]byte, err error) {
	defer s.end(ctx, "user sessions", &err, user, nil)
	if s.users == nil {
		return nil, errNoUserKey
	}
	sessions := make(map[string][]byte)
	if user == "" {
		return sessions, nil
	}
	err = s.eachOfUser(ctx, entriesScript, user, func(tokens []string, data [][]byte) error {
		for i, b := range data {
			if b != nil && s.users.of(b) == user {
				sessions[tokens[i]] = b
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sessions, nil
}

// DeleteUserSessions deletes the sessions of a user, except those with the tokens in
// except, and returns how many it has deleted. After an error some may be left; another
// call deletes them. It runs to its end even if ctx is cancelled.
func (s *Store) DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error) {
	ctx = context.WithoutCancel(ctx)
	defer s.end(ctx, "delete user sessions", &err, user, nil)
	if s.users == nil {
		return 0, errNoUserKey
	}
	if user == "" {
		return 0, nil
	}
	var tombstoned []string
	err = s.eachOfUser(ctx, entriesOfPrimaryScript, user, func(tokens []string, data [][]byte) error {
		var calls []Call
		for i, token := range tokens {
			if slices.Contains(except, token) {
				continue
			}
			// An entry without a session may belong to a Commit between its two writes:
			// its tombstone makes the Commit store nothing. A session that cannot be
			// decoded was this user's for the process that wrote the index. A process
			// without the application's Codec must not leave all of a user's sessions and
			// report success.
			if data[i] != nil {
				if owner, ok := s.users.decode(data[i]); ok && owner != user {
					continue
				}
			}
			tombstoned = append(tombstoned, token)
			calls = append(calls, s.deleteCall(deleteScript, token))
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
		err = s.unindex(ctx, user, tombstoned)
	}
	return deleted, err
}
