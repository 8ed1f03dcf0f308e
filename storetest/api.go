package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// scs's SessionManager looks for each of these interfaces separately (doStoreFind,
// doStoreCommit and doStoreDelete in its data.go).
type (
	findCtxer interface {
		FindCtx(context.Context, string) ([]byte, bool, error)
	}
	commitCtxer interface {
		CommitCtx(context.Context, string, []byte, time.Time) error
	}
	deleteCtxer interface {
		DeleteCtx(context.Context, string) error
	}
)

// A mode is a way to call a store: Plain calls its methods without a context, Ctx those
// with one.
type mode struct {
	name   string
	ctx    bool
	either bool // a method without a context will do if there is none with one, as in scs
}

var modes = []mode{{name: "Plain"}, {name: "Ctx", ctx: true}}

// missing says why the mode has no check for a store, or returns "".
func (m mode) missing(s scs.Store) string {
	a := m.api(s)
	for _, g := range groups {
		if a.lacks(g.name) == "" {
			return ""
		}
	}
	return "the store has no methods with a context"
}

// An api holds the methods of a store that one mode calls. As in scs, Find, Commit and
// Delete take the place of a missing FindCtx, CommitCtx or DeleteCtx.
type api struct {
	mode   mode
	find   func(context.Context, string) ([]byte, bool, error)
	commit func(context.Context, string, []byte, time.Time) error
	delete func(context.Context, string) error
	all    func(context.Context) (map[string][]byte, error) // nil: there is none

	// names has the names of the methods behind the functions, by Find, Commit, Delete and All.
	names map[string]string
}

func (m mode) api(s scs.Store) api {
	a := api{
		mode: m,
		find: func(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) },
		commit: func(_ context.Context, token string, b []byte, expiry time.Time) error {
			return s.Commit(token, b, expiry)
		},
		delete: func(_ context.Context, token string) error { return s.Delete(token) },
		names:  map[string]string{"Find": "Find", "Commit": "Commit", "Delete": "Delete"},
	}
	if i, ok := s.(scs.IterableStore); ok && (!m.ctx || m.either) {
		a.all, a.names["All"] = func(context.Context) (map[string][]byte, error) { return i.All() }, "All"
	}
	if !m.ctx {
		return a
	}
	if f, ok := s.(findCtxer); ok {
		a.find, a.names["Find"] = f.FindCtx, "FindCtx"
	}
	if c, ok := s.(commitCtxer); ok {
		a.commit, a.names["Commit"] = c.CommitCtx, "CommitCtx"
	}
	if d, ok := s.(deleteCtxer); ok {
		a.delete, a.names["Delete"] = d.DeleteCtx, "DeleteCtx"
	}
	if i, ok := s.(scs.IterableCtxStore); ok {
		a.all, a.names["All"] = i.AllCtx, "AllCtx"
	}
	return a
}

// lacks says which method of those that a group needs is missing, or returns "".
func (a api) lacks(group string) string {
	needs, suffix := []string{"Find", "Commit", "Delete"}, ""
	if a.names[group] != "" || group == "All" {
		needs = []string{group}
	}
	if a.mode.ctx && !a.mode.either {
		suffix = "Ctx"
	}
	for _, method := range needs {
		if name := a.names[method]; name == "" || !strings.HasSuffix(name, suffix) {
			return "the store has no method " + method + suffix
		}
	}
	return ""
}

// A call is one call of a store.
type call struct {
	method string // Find, Commit, Delete or All
	token  string
	data   []byte
	expiry time.Time
	at     time.Time // when it is made, by the store's clock
}

// A result is what a call returns.
type result struct {
	data     []byte
	found    bool
	sessions map[string][]byte
	err      error
}

func (a api) do(ctx context.Context, k call) (r result) {
	switch k.method {
	case "Find":
		r.data, r.found, r.err = a.find(ctx, k.token)
	case "Commit":
		r.err = a.commit(ctx, k.token, k.data, k.expiry)
	case "Delete":
		r.err = a.delete(ctx, k.token)
	case "All":
		r.sessions, r.err = a.all(ctx)
	}
	return r
}

// text describes what a method has returned.
func (r result) text(method string) string {
	switch method {
	case "Find":
		return fmt.Sprintf("%s, %t, %s", quoteData(r.data), r.found, formatError(r.err))
	case "All":
		return countSessions(r.sessions) + ", " + formatError(r.err)
	}
	return formatError(r.err)
}
