package storetest

import (
	"context"
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
	either bool // All is used if there is no AllCtx, as in scs
}

var modes = []mode{{name: "Plain"}, {name: "Ctx", ctx: true}}

// missing says why the mode has no check for a store, or returns "".
func (m mode) missing(s scs.Store) string {
	if !m.ctx || m.either {
		return ""
	}
	a := m.api(s)
	for _, g := range groups {
		if a.lacks(g.name) == "" {
			return ""
		}
	}
	return "the store has no methods with a context"
}

// An api holds the methods of a store that one mode calls.
type api struct {
	find   func(context.Context, string) ([]byte, bool, error)
	commit func(context.Context, string, []byte, time.Time) error
	delete func(context.Context, string) error
	all    func(context.Context) (map[string][]byte, error) // nil: there is none

	// The names of the methods behind the functions, for messages.
	findName, commitName, deleteName, allName string

	// absent says of each method of the mode whether the store lacks it. As in scs, Find,
	// Commit and Delete replace missing ones.
	absent map[string]bool
}

func (m mode) api(s scs.Store) api {
	a := api{
		find:     func(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) },
		findName: "Find",
		commit: func(_ context.Context, token string, b []byte, expiry time.Time) error {
			return s.Commit(token, b, expiry)
		},
		commitName: "Commit",
		delete:     func(_ context.Context, token string) error { return s.Delete(token) },
		deleteName: "Delete",
		absent:     make(map[string]bool),
	}
	if i, ok := s.(scs.IterableStore); ok && (!m.ctx || m.either) {
		a.all, a.allName = func(context.Context) (map[string][]byte, error) { return i.All() }, "All"
	}
	if !m.ctx {
		a.absent["All"] = a.all == nil
		return a
	}
	if f, ok := s.(findCtxer); a.note("FindCtx", ok) {
		a.find, a.findName = f.FindCtx, "FindCtx"
	}
	if c, ok := s.(commitCtxer); a.note("CommitCtx", ok) {
		a.commit, a.commitName = c.CommitCtx, "CommitCtx"
	}
	if d, ok := s.(deleteCtxer); a.note("DeleteCtx", ok) {
		a.delete, a.deleteName = d.DeleteCtx, "DeleteCtx"
	}
	if i, ok := s.(scs.IterableCtxStore); a.note("AllCtx", ok || a.all != nil) && ok {
		a.all, a.allName = i.AllCtx, "AllCtx"
	}
	return a
}

// note records and returns whether the store has a method.
func (a api) note(name string, ok bool) bool {
	a.absent[name] = !ok
	return ok
}

// lacks says which method of those that a group needs is missing, or returns "".
func (a api) lacks(group string) string {
	needs := []string{group, group + "Ctx"}
	switch group {
	case "Concurrent", "Peer", "Prefix", "Reopen", "Fault":
		needs = []string{"FindCtx", "CommitCtx", "DeleteCtx"}
	}
	for _, name := range needs {
		if a.absent[name] {
			return "the store has no method " + name
		}
	}
	return ""
}
