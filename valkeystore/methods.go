// Code generated from rueidisstore/methods.go by scripts/generate.sh; DO NOT EDIT.

package valkeystore

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/scsredis/stores/internal/redissession"
)

var (
	_ scs.Store            = (*Store)(nil)
	_ scs.CtxStore         = (*Store)(nil)
	_ scs.IterableStore    = (*Store)(nil)
	_ scs.IterableCtxStore = (*Store)(nil)
)

// shared returns the options that do not depend on the client.
func shared(prefix string, opts Options) redissession.Options {
	if opts.Codec == nil {
		opts.Codec = scs.GobCodec{}
	}
	return redissession.Options{Prefix: prefix, Tombstone: opts.Tombstone, UserKey: opts.UserKey, Codec: opts.Codec}
}

// FindCtx returns the data of a session, in one round trip. If there is none with
// this token, or it has expired, or the token has a colon in it, found is false and
// err is nil. Every failure is an error, never found == false with a nil error. Once
// ctx has ended FindCtx sends nothing; a reply that is under way may be waited for
// until the client's timeout. The slice is the caller's.
func (s *Store) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	return s.sessions.Find(ctx, token)
}

// Find is FindCtx without a context.
func (s *Store) Find(token string) (b []byte, found bool, err error) {
	return s.sessions.Find(context.Background(), token)
}

// CommitCtx stores a session until expiry, in one round trip. It replaces data and
// expiry of an earlier session with this token. If expiry is not in the future, the
// session is deleted. A token with a colon in it is an error.
//
// The lifetime counts from the clock of this machine, so the clocks of servers do
// not matter. A nil error means that the server has stored the session. CommitCtx
// finishes even if ctx is cancelled, so that a browser that goes away does not lose a
// change; the client's timeouts bound it. After an error the change may or may not
// have been made. The caller may reuse b at once.
//
// With Tombstone CommitCtx stores nothing, and returns nil, if the session has been
// deleted. With UserKey a session of a user costs a second round trip on a Cluster
// and on a Ring.
func (s *Store) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.sessions.Commit(ctx, token, b, expiry)
}

// Commit is CommitCtx without a context.
func (s *Store) Commit(token string, b []byte, expiry time.Time) error {
	return s.sessions.Commit(context.Background(), token, b, expiry)
}

// DeleteCtx removes a session, in one round trip. It is no error if there is
// none, or if the token has a colon in it. Like CommitCtx it finishes even if ctx is
// cancelled, so that a browser that goes away does not undo a logout.
//
// With Tombstone the session stays deleted, whatever is committed after DeleteCtx has
// returned nil. With UserKey a session of a user costs a second round trip.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	return s.sessions.Delete(ctx, token)
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(token string) error {
	return s.sessions.Delete(context.Background(), token)
}

// AllCtx returns the data of all live sessions by token, from every primary, or an
// error, never a part. Without sessions the map is empty, not nil. Map and slices
// are the caller's. Each needs less memory.
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	return s.sessions.All(ctx)
}

// All is AllCtx without a context.
func (s *Store) All() (map[string][]byte, error) {
	return s.sessions.All(context.Background())
}

// Each calls fn for all live sessions, one at a time, on the calling goroutine. It
// needs memory for a few pages of a thousand sessions, however many there are. It may
// show a session twice, and may leave out one that is committed or deleted meanwhile.
// An error of fn ends Each, which returns it unchanged. Any other error means that
// not all sessions were shown. No connection is in use while fn runs, so fn may use
// the store. fn may keep b.
func (s *Store) Each(ctx context.Context, fn func(token string, b []byte) error) error {
	return s.sessions.Each(ctx, fn)
}

// UserSessions returns the data of all live sessions of a user by token, or an error,
// never a part. It reads the user's sessions alone, not all there are. Without
// sessions the map is empty, not nil, and so it is for the user "". Map and slices
// are the caller's. With SessionManager.HashTokenInStore the tokens are hashes. It
// needs Options.UserKey and is an error without it.
func (s *Store) UserSessions(ctx context.Context, user string) (map[string][]byte, error) {
	return s.sessions.UserSessions(ctx, user)
}

// DeleteUserSessions deletes all sessions of a user but those with the tokens in
// except, and returns how many it has deleted. A session that could be found before
// the call is not found after it, nor ever again: each leaves a tombstone. Two things
// happen only to requests that are under way: one that logs in or renews its token
// keeps its new session, and a session that passes to another user at that very
// moment may be deleted.
//
// After an error some sessions may be left; another call deletes them. It finishes
// even if ctx is cancelled. To keep the session of a request, except is
// SessionManager.Token(ctx), or its hash with SessionManager.HashTokenInStore; see
// the README. It needs Options.UserKey and is an error without it.
func (s *Store) DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error) {
	return s.sessions.DeleteUserSessions(ctx, user, except...)
}

// IndexUserSessions makes UserSessions and DeleteUserSessions find the sessions that
// were committed without Options.UserKey. Run it once, when all processes have the
// option. It reads every session, like Each. Running it again, or beside requests,
// does no harm. After an error some sessions may not be indexed.
func (s *Store) IndexUserSessions(ctx context.Context) error {
	return s.sessions.IndexUserSessions(ctx)
}
