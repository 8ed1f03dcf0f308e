package storetest

import (
	"maps"
	"strings"
)

// deletesToo makes Delete remove other sessions too.
func deletesToo(f func(token, other string) bool) func(m *memory) {
	return on("Delete", func(r request, next handler) reply {
		r.m.edit(func() {
			maps.DeleteFunc(r.m.items, func(other string, _ *session) bool { return f(r.token, other) })
		})
		return next(r)
	})
}

var deleteMutants = []mutant{
	bug("delete does nothing", fails("*/All/LeavesOutDeleted", "*/Delete/Existing", "Ctx/Delete/LiveContext", "Manager/DestroyDisconnected", "Manager/Login", "Manager/Logout"),
		on("Delete", returnsNothing)),
	bug("deleting a missing session is an error", fails("*/Delete/Missing", "*/Delete/Twice", "Manager/DestroyNew"),
		failsIf(request.isNew, "Delete")),
	bug("deleting an expired session is an error", fails("*/Delete/Expired"),
		failsIf(func(r request) bool { s, ok := r.stored(); return ok && !r.m.live(s.expiry) }, "Delete")),
	bug("deleting the empty token deletes everything", fails("*/Delete/Empty", "*/Delete/Malformed", "Manager/DestroyNew"),
		deletesToo(func(token, _ string) bool { return token == "" })),
	bug("delete takes the token for a glob", fails("*/Delete/Malformed"), deletesToo(globMatch)),
	bug("delete compares without case", fails("*/Delete/Malformed", "*/Delete/OnlyThat"), deletesToo(strings.EqualFold)),
	bug("deleting a session twice is an error", fails("*/Delete/Twice"),
		failsIf(func(r request) bool { return r.isNew() && r.m.dead(r.token) }, "Delete")),
	bug("a deleted token cannot be committed again", fails("*/Concurrent/DeleteCommit", "*/Concurrent/Linearizable", "*/Delete/ThenCommit"),
		deletesForGood),
}
