// Code generated from internal/redissession/methods.go.tmpl by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

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

// FindCtx returns the data of a session, in one round trip. If there is no session with
// this token, or it has expired, or the token has a colon, found is false and err is nil.
// A failure is always an error. After ctx has ended FindCtx sends nothing, but it may
// wait for the reply to a command that it has sent, until the client's timeout. The
// caller may change the slice.
func (s *Store) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	return s.sessions.Find(ctx, token)
}

// Find is FindCtx without a context.
func (s *Store) Find(token string) (b []byte, found bool, err error) {
	return s.sessions.Find(context.Background(), token)
}

// CommitCtx stores a session until expiry, in one round trip. It replaces the data and
// the expiry of an earlier session with this token. If expiry has passed, it deletes the
// session. If the token has a colon, it returns an error.
//
// A nil error means that the server has stored the session. After an error the session
// may have been stored or not. CommitCtx finishes even if ctx is cancelled, so a browser
// that goes away does not lose a change; the client's timeouts bound it. The lifetime
// counts from the clock of this machine, not from the server's. The caller may reuse b at
// once.
//
// With Tombstone, CommitCtx stores nothing and returns nil if the session has been
// deleted. With UserKey, a session of a user takes a second round trip on a Cluster or a
// Ring.
func (s *Store) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.sessions.Commit(ctx, token, b, expiry)
}

// Commit is CommitCtx without a context.
func (s *Store) Commit(token string, b []byte, expiry time.Time) error {
	return s.sessions.Commit(context.Background(), token, b, expiry)
}

// DeleteCtx deletes a session, in one round trip. It returns nil if there is none, or if
// the token has a colon. It finishes even if ctx is cancelled, so a browser that goes away
// does not undo a logout.
//
// With Tombstone, the session stays deleted after DeleteCtx has returned nil, whatever is
// committed. With UserKey, a session of a user takes a second round trip.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	return s.sessions.Delete(ctx, token)
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(token string) error {
	return s.sessions.Delete(context.Background(), token)
}

// AllCtx returns the data of all live sessions by token, from all primaries, or an error,
// never a part. Without sessions the map is empty, not nil. The caller may change map and
// slices. Each needs less memory.
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	return s.sessions.All(ctx)
}

// All is AllCtx without a context.
func (s *Store) All() (map[string][]byte, error) {
	return s.sessions.All(context.Background())
}

// Each calls fn for all live sessions, one at a time, on the calling goroutine. It keeps a
// few pages of a thousand sessions in memory. It may show a session twice, and may leave
// out a session that is committed or deleted meanwhile.
//
// If fn returns an error, Each ends and returns it unchanged. Any other error means that
// Each has not shown all sessions. fn may use the store, and may keep b.
func (s *Store) Each(ctx context.Context, fn func(token string, b []byte) error) error {
	return s.sessions.Each(ctx, fn)
}

// UserSessions returns the data of all live sessions of a user by token, or an error,
// never a part. It reads only the user's sessions. If there are none, or user is empty, the
// map is empty, not nil. The caller may change map and slices. It returns an error without
// Options.UserKey.
//
// With SessionManager.HashTokenInStore the tokens are hashes.
func (s *Store) UserSessions(ctx context.Context, user string) (map[string][]byte, error) {
	return s.sessions.UserSessions(ctx, user)
}

// DeleteUserSessions deletes all sessions of a user except those with the tokens in
// except, and returns how many it has deleted. A session that could be found before the
// call is not found after it, also if a request under way commits it again. There are two
// exceptions: a request that logs in or renews its token meanwhile may keep its new session,
// and a session that passes to another user at that moment may be deleted. A session of
// the user's that Options.Codec cannot decode any more is deleted too.
//
// It finishes even if ctx is cancelled. After an error some sessions may be left; call it
// again. It returns an error without Options.UserKey.
//
// To keep the session of a request, pass SessionManager.Token(ctx). With
// SessionManager.HashTokenInStore pass the hash of it: base64.RawURLEncoding of its
// SHA-256.
func (s *Store) DeleteUserSessions(ctx context.Context, user string, except ...string) (deleted int, err error) {
	return s.sessions.DeleteUserSessions(ctx, user, except...)
}

// IndexUserSessions makes UserSessions and DeleteUserSessions find the sessions that were
// committed without Options.UserKey. Run it once, when all processes have the option. It
// reads all sessions, like Each. Requests may run meanwhile, and it may run again. After
// an error some sessions may not be indexed.
func (s *Store) IndexUserSessions(ctx context.Context) error {
	return s.sessions.IndexUserSessions(ctx)
}
