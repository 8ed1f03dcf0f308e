package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// causes are problems that would make many checks fail. One check reports each, and the
// others are skipped.
type causes struct {
	plainPanics  string            // how the methods without a context panic
	listsNothing map[string]string // why the checks of All or AllCtx are skipped, by method
}

// openFirst opens a store whose methods decide which checks run, and looks for the
// causes.
func (s *suite) openFirst(tb testing.TB) scs.Store {
	tb.Helper()
	store := s.open(tb)
	s.listsNothing = make(map[string]string)
	for _, m := range modes {
		if s.skipsMode(m, store) == "" {
			s.probe(m, m.api(store), modes[1].missing(store) == "")
		}
	}
	return store
}

func (s *suite) probe(m mode, a api, hasCtx bool) {
	token := newToken()
	try := func(method string) (result, string) {
		return a.within(context.Background(), s.bound, call{method, token, []byte("abc"), (&clock{}).long(), time.Time{}})
	}
	panics := func(problem string) bool { return strings.HasPrefix(problem, "panicked") }
	commit, problem := try("Commit")
	if !m.ctx && hasCtx && panics(problem) {
		_, find := try("Find")
		_, del := try("Delete")
		if panics(find) && panics(del) {
			s.plainPanics = fmt.Sprintf("%s(%s, …) %s", a.names["Commit"], quoteToken(token, ""), problem)
		}
	}
	if problem != "" || commit.err != nil || a.all == nil {
		return
	}
	if all, problem := try("All"); problem == "" && all.err == nil && len(all.sessions) == 0 {
		s.listsNothing[a.names["All"]] = a.names["All"] + " lists nothing: see " + m.name + "/All/Exactly"
	}
	try("Delete")
}
