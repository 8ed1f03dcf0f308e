package storetest

import (
	"context"
)

func hasDeadline(ctx context.Context) bool { _, ok := ctx.Deadline(); return ok && ctx.Err() == nil }

// ended replaces the calls of a method whose context has ended by f.
func ended(method string, f func(m *memory, r request, next handler) reply) func(m *memory) {
	return on(method, func(m *memory, r request, next handler) reply {
		if r.ctx.Err() != nil {
			return f(m, r, next)
		}
		return next(r)
	})
}

var contextMutants = []mutant{
	bug("a context with a deadline is an error", fails("Ctx/All/LiveContext", "Ctx/Commit/LiveContext", "Ctx/Delete/LiveContext", "Ctx/Find/LiveContext"),
		before(func(r request) error {
			if hasDeadline(r.ctx) {
				return errMutant
			}
			return nil
		})),
	bug("find with a cancelled context finds nothing", fails("Ctx/Find/Cancelled"),
		ended("Find", func(*memory, request, handler) reply { return reply{} })),
	bug("find with a cancelled context deletes the session", fails("Ctx/Find/Cancelled"),
		ended("Find", func(_ *memory, r request, next handler) reply {
			next(r.as("Delete"))
			return reply{err: r.ctx.Err()}
		})),
	bug("commit with a cancelled context stores nothing", fails("Ctx/Commit/Cancelled", "Manager/CommitDisconnected"),
		ended("Commit", func(*memory, request, handler) reply { return reply{} })),
	bug("commit with a context past its deadline stores a part", fails("Ctx/Commit/Cancelled"),
		ended("Commit", func(_ *memory, r request, next handler) reply {
			if r.ctx.Err() == context.Canceled {
				return next(r)
			}
			r.data = r.data[:len(r.data)/2]
			next(r)
			return reply{err: r.ctx.Err()}
		})),
	bug("a session ends with the context it was committed with", fails("Ctx/Commit/CancelledLater", "Manager/FirstVisit"), func(m *memory) {
		var contexts table[context.Context]
		m.on("Commit", func(r request, next handler) reply {
			if contexts.take(r.token); r.ctx.Err() == nil {
				contexts.set(r.token, r.ctx)
			}
			return next(r)
		})
		m.on("Find", func(r request, next handler) reply {
			if ctx, ok := contexts.get(r.token); ok && ctx.Err() != nil {
				return reply{}
			}
			return next(r)
		})
	}),
	bug("delete with a cancelled context does nothing", fails("Ctx/Delete/Cancelled", "Manager/DestroyDisconnected"),
		ended("Delete", func(*memory, request, handler) reply { return reply{} })),
	bug("all with a cancelled context is a part", fails("Ctx/All/Cancelled"), ended("All", func(_ *memory, r request, next handler) reply {
		a := next(r)
		dropOne(a.sessions)
		return a
	})),
}
