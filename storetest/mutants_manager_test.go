package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
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
func whenContextEnds(method string, f func(r request, next handler) reply) func(m *memory) {
	return on(method, func(m *memory, r request, next handler) reply {
		if s, _ := m.get(r.token); encodedByScs(s.data) && contextEnds(r.ctx) {
			return f(r, next)
		}
		return next(r)
	})
}

// countReaders counts how often Find has found an scs session since its last Commit.
func countReaders(m *memory) *table[int] {
	readers := new(table[int])
	after("Find", func(_ *memory, r request, a *reply) {
		if encodedByScs(a.data) {
			readers.edit(func(n map[string]int) { n[r.token]++ })
		}
	})(m)
	m.on("Commit", func(r request, next handler) reply {
		readers.take(r.token)
		return next(r)
	})
	return readers
}

func panicOnPercent(token string) {
	if strings.HasSuffix(token, "%00") {
		panic("mutant: %!(NOVERB)")
	}
}

var managerMutants = []mutant{
	bug("an expiry in the past is refused and the session deleted", fails("Manager/Lifetime"),
		on("Commit", func(_ *memory, r request, next handler) reply {
			if !r.expiry.After(time.Now()) {
				return reply{err: errors.Join(errRefused, next(r.as("Delete")).err)}
			}
			return next(r)
		})),
	bug("a new session brings back the one that was deleted before", fails("Manager/HashTokenInStore", "Manager/Iterate", "Manager/Login", "Manager/Logout"),
		func(m *memory) {
			var deleted table[session]
			m.on("Delete", func(r request, next handler) reply {
				if s, _ := m.get(r.token); encodedByScs(s.data) {
					deleted.set(r.token, s)
				}
				return next(r)
			})
			m.on("Commit", func(r request, next handler) reply {
				if m.isNew(r.token) {
					deleted.edit(func(gone map[string]session) {
						for token, s := range gone {
							m.apply(request{method: "Commit", token: token, data: s.data, expiry: s.expiry})
						}
						clear(gone)
					})
				}
				return next(r)
			})
		}),
	bug("a delete is given up when the client leaves meanwhile", fails("Manager/DestroyDisconnected"),
		whenContextEnds("Delete", func(request, handler) reply { return reply{} })),
	bug("a commit is given up when the client leaves meanwhile", fails("Manager/CommitDisconnected"),
		whenContextEnds("Commit", func(request, handler) reply { return reply{} })),
	bug("a commit that is given up loses the session", fails("Manager/CommitDisconnected"),
		whenContextEnds("Commit", func(r request, next handler) reply {
			next(r.as("Delete"))
			return reply{err: r.ctx.Err()}
		})),
	bug("delete with a cancelled context panics", fails("Ctx/Delete/Cancelled", "Manager/DestroyDisconnected"),
		ended("Delete", func(*memory, request, handler) reply { panic("mutant: no connection") })),
	bug("all cuts data at 64 bytes", fails("Manager/Iterate"), onData(func(b []byte) []byte { return b[:min(len(b), 64)] })),
	bug("all lists a record that is no session", fails("*/All/Empty", "Manager/Iterate"),
		onAll(func(_ *memory, sessions map[string][]byte) map[string][]byte {
			sessions["schema"] = []byte("version 2")
			return sessions
		})),
	bug("an unknown token is found with no data", fails("*/Find/Missing", "*/Delete/Existing", "*/Find/Malformed", "*/Find/Tampered"),
		after("Find", func(_ *memory, r request, a *reply) {
			a.found = true
		})),
	bug("a session that is only read is gone after a while", fails("Manager/Unmodified"), func(m *memory) {
		// More than the concurrent requests of other checks.
		const most = 6
		readers := countReaders(m)
		after("Find", func(_ *memory, r request, a *reply) {
			if n, _ := readers.get(r.token); n == most {
				m.apply(r.as("Delete"))
			}
		})(m)
	}),
	bug("find looks for the hash of the token too", fails("Manager/HashTokenInStore"),
		on("Find", func(_ *memory, r request, next handler) reply {
			if a := next(r); a.found || a.err != nil {
				return a
			}
			hash := sha256.Sum256([]byte(r.token))
			r.token = base64.RawURLEncoding.EncodeToString(hash[:])
			return next(r)
		})),
	bug("find panics on a percent sign", fails("Manager/GarbageCookies"), after("Find", func(_ *memory, r request, _ *reply) {
		panicOnPercent(r.token)
	})),
	bug("a session that another request has found too is locked", fails("Manager/ConcurrentRequests"), func(m *memory) {
		readers := countReaders(m)
		m.on("Commit", func(r request, next handler) reply {
			if n, _ := readers.get(r.token); n > 3 {
				readers.take(r.token)
				return reply{err: errMutant}
			}
			return next(r)
		})
	}),
	acrossStores("delete reaches into every store", fails("*/Commit/TwoStores", "Manager/TwoManagers"), "Delete",
		func(other *memory, r request, _ *reply) { other.apply(r) }),
}
