package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// encodedByScs reports whether scs has encoded the data. Some bugs affect only such
// sessions, for the checks of Manager.
func encodedByScs(b []byte) bool { return bytes.Contains(b, []byte("Deadline")) }

// contextEnds reports whether a context ends while a call waits for it.
func contextEnds(ctx context.Context) bool {
	if ctx.Done() == nil || ctx.Err() != nil {
		return false
	}
	select {
	case <-ctx.Done():
		return true
	case <-time.After(40 * moment):
		return false
	}
}

// whenContextEnds replaces a write of an scs session by f if its context ends during the call.
func whenContextEnds(method string, f hook) func(m *memory) {
	return on(method, func(r request, next handler) reply {
		if s, _ := r.stored(); encodedByScs(s.data) && contextEnds(r.ctx) {
			return f(r, next)
		}
		return next(r)
	})
}

func panicOnPercent(token string) {
	if strings.HasSuffix(token, "%00") {
		panic("mutant: %!(NOVERB)")
	}
}

var managerMutants = []mutant{
	bug("an expiry in the past is refused and the session deleted", fails("Manager/Lifetime"),
		on("Commit", func(r request, next handler) reply {
			if !r.expiry.After(time.Now()) {
				return deletesAndFails(r, next)
			}
			return next(r)
		})),
	bug("a new session brings back the one that was deleted before", fails("Manager/HashTokenInStore", "Manager/Iterate", "Manager/Login", "Manager/Logout"),
		drops(func(m *memory, old, _ *session) bool {
			for token, stone := range m.gone {
				if old == nil && encodedByScs(stone.data) {
					m.items[token] = &stone.session
				}
			}
			return false
		})),
	bug("a delete is given up when the client leaves meanwhile", fails("Manager/DestroyDisconnected"),
		whenContextEnds("Delete", returnsNothing)),
	bug("a commit is given up when the client leaves meanwhile", fails("Manager/CommitDisconnected"),
		whenContextEnds("Commit", returnsNothing)),
	bug("a commit that is given up loses the session", fails("Manager/CommitDisconnected"),
		whenContextEnds("Commit", deletesAndFails)),
	bug("delete with a cancelled context panics", fails("Ctx/Delete/Cancelled", "Manager/DestroyDisconnected"),
		ended("Delete", func(request, handler) reply { panic("mutant: no connection") })),
	bug("all cuts data at 64 bytes", fails("Manager/Iterate"), onData(func(b []byte) []byte { return b[:min(len(b), 64)] })),
	bug("all lists a record that is no session", fails("*/All/Empty", "Manager/Iterate"),
		onAll(func(_ *memory, sessions map[string][]byte) { sessions["schema"] = []byte("version 2") })),
	bug("an unknown token is found with no data", fails("*/Find/Missing", "*/Delete/Existing", "*/Find/Malformed", "*/Find/Tampered"),
		after("Find", func(_ request, a *reply) { a.found = true })),
	bug("a session that is only read is gone after a while", fails("Manager/Unmodified"),
		onStored("Find", func(r request, s *session) {
			if s.finds == 6 && encodedByScs(s.data) { // more than the concurrent requests of other checks
				delete(r.m.items, r.token)
			}
		})),
	bug("find looks for the hash of the token too", fails("Manager/HashTokenInStore"),
		on("Find", func(r request, next handler) reply {
			if a := next(r); a.found || a.err != nil {
				return a
			}
			hash := sha256.Sum256([]byte(r.token))
			r.token = base64.RawURLEncoding.EncodeToString(hash[:])
			return next(r)
		})),
	bug("find panics on a percent sign", fails("Manager/GarbageCookies"),
		after("Find", func(r request, _ *reply) { panicOnPercent(r.token) })),
	bug("a session that another request has found too is locked", fails("Manager/ConcurrentRequests"),
		failsIf(func(r request) bool { s, _ := r.stored(); return s.finds > 3 && encodedByScs(s.data) }, "Commit")),
	bug("delete reaches into every store", fails("*/Commit/TwoStores", "Manager/TwoManagers"),
		acrossStores("Delete", func(other *memory, r request, _ *reply) { other.apply(r) })),
}
