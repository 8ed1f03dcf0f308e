// Code generated from rueidisstore/methods.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"context"
	"time"
)

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
