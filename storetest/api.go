package storetest

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
)

// These are the interfaces that scs's SessionManager asks for, each on its own
// (doStoreFind, doStoreCommit and doStoreDelete in its data.go).
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

// A mode is a way to call a store: Plain is for its methods without a context,
// Ctx for those with one.
type mode struct {
	name   string
	ctx    bool
	either bool // All stands in for AllCtx, as it does in scs
}

var modes = []mode{{name: "Plain"}, {name: "Ctx", ctx: true}}

// missing says why a store cannot be called this way at all, or "".
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

// An api is a store's methods under one mode.
type api struct {
	find   func(context.Context, string) ([]byte, bool, error)
	commit func(context.Context, string, []byte, time.Time) error
	delete func(context.Context, string) error
	all    func(context.Context) (map[string][]byte, error) // nil: there is none

	// The names of the methods behind the functions, for messages.
	findName, commitName, deleteName, allName string

	// absent holds the methods that the mode is about and the store does not
	// have. As in scs, the plain one stands in for Find, Commit and Delete.
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
	if f, ok := s.(findCtxer); a.has("FindCtx", ok) {
		a.find, a.findName = f.FindCtx, "FindCtx"
	}
	if c, ok := s.(commitCtxer); a.has("CommitCtx", ok) {
		a.commit, a.commitName = c.CommitCtx, "CommitCtx"
	}
	if d, ok := s.(deleteCtxer); a.has("DeleteCtx", ok) {
		a.delete, a.deleteName = d.DeleteCtx, "DeleteCtx"
	}
	if i, ok := s.(scs.IterableCtxStore); a.has("AllCtx", ok || a.all != nil) && ok {
		a.all, a.allName = i.AllCtx, "AllCtx"
	}
	return a
}

// has notes whether there is a method.
func (a api) has(name string, ok bool) bool {
	a.absent[name] = !ok
	return ok
}

// lacks says which method a group needs and the store does not have, or "".
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
