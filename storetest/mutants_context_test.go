package storetest

import "context"

func hasDeadline(r request) bool { _, ok := r.ctx.Deadline(); return ok && r.ctx.Err() == nil }

// ended replaces the calls of a method whose context has ended by f.
func ended(method string, f hook) func(m *memory) {
	return on(method, func(r request, next handler) reply {
		if r.ctx.Err() != nil {
			return f(r, next)
		}
		return next(r)
	})
}

var contextMutants = []mutant{
	bug("a context with a deadline is an error", fails("Ctx/All/LiveContext", "Ctx/Commit/LiveContext", "Ctx/Delete/LiveContext", "Ctx/Find/LiveContext"),
		failsIf(hasDeadline, "All", "Commit", "Delete", "Find")),
	bug("find with a cancelled context finds nothing", fails("Ctx/Find/Cancelled"), ended("Find", returnsNothing)),
	bug("find with a cancelled context deletes the session", fails("Ctx/Find/Cancelled"), ended("Find", deletesAndFails)),
	bug("commit with a cancelled context stores nothing", fails("Ctx/Commit/Cancelled", "Manager/CommitDisconnected"),
		ended("Commit", returnsNothing)),
	bug("commit with a context past its deadline stores a part", fails("Ctx/Commit/Cancelled"),
		ended("Commit", func(r request, next handler) reply {
			if r.ctx.Err() == context.Canceled {
				return next(r)
			}
			r.data = r.data[:len(r.data)/2]
			next(r)
			return reply{err: r.ctx.Err()}
		})),
	bug("a session ends with the context it was committed with", fails("Ctx/Commit/CancelledLater", "Manager/FirstVisit"),
		after("Find", func(r request, a *reply) {
			if s, ok := r.stored(); ok && s.ctx.Err() != nil {
				*a = reply{}
			}
		})),
	bug("delete with a cancelled context does nothing", fails("Ctx/Delete/Cancelled", "Manager/DestroyDisconnected"),
		ended("Delete", returnsNothing)),
	bug("all with a cancelled context is a part", fails("Ctx/All/Cancelled"),
		ended("All", func(r request, next handler) reply {
			a := next(r)
			dropOne(a.sessions)
			return a
		})),
}
