package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

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
	ctx, token := context.Background(), newToken()
	try := func(f func()) (works bool, panics string) {
		problem := within(s.bound, f)
		if strings.HasPrefix(problem, "panicked") {
			panics = problem
		}
		return problem == "", panics
	}
	var err error
	worksCommit, first := try(func() { err = a.commit(ctx, token, []byte("abc"), (&clock{}).long()) })
	if !m.ctx && hasCtx && first != "" {
		_, second := try(func() { _, _, _ = a.find(ctx, token) })
		_, third := try(func() { _ = a.delete(ctx, token) })
		if second != "" && third != "" {
			s.plainPanics = fmt.Sprintf("%s(%s, …) %s", a.commitName, quoteToken(token, ""), first)
		}
	}
	if !worksCommit || err != nil || a.all == nil {
		return
	}
	var sessions map[string][]byte
	if works, _ := try(func() { sessions, err = a.all(ctx) }); works && err == nil && len(sessions) == 0 {
		s.listsNothing[a.allName] = a.allName + " lists nothing: see " + m.name + "/All/Exactly"
	}
	try(func() { _ = a.delete(ctx, token) })
}
