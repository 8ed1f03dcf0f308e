package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// plain has only the methods that a store must have.
type plain struct{ scs.Store }

type (
	argsSwapped    struct{ withoutCommit }
	shouted        struct{ plain }
	misspeltFind   struct{ plain }
	spelledOut     struct{ plain }
	withoutCommit  struct{ plain }
	allOfStrings   struct{ plain }
	pointerMethods struct{ plain }
	panicsPlain    struct{ *memory }
	ctxDiffers     struct{ *memory }
)

func (argsSwapped) CommitCtx(context.Context, string, time.Time, []byte) error { return nil }

func (shouted) FindCTX(context.Context, string) ([]byte, bool, error) { return nil, false, nil }

func (misspeltFind) FindCtxt(context.Context, string) ([]byte, bool, error) { return nil, false, nil }

func (spelledOut) DeleteWithContext(context.Context, string) error { return nil }

func (s withoutCommit) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}
func (s withoutCommit) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }

func (allOfStrings) All() (map[string]string, error) { return nil, nil }

func (*pointerMethods) AllCtx(context.Context) (map[string][]byte, error) { return nil, nil }

const missingContext = "missing context arg"

func (panicsPlain) Find(string) ([]byte, bool, error)      { panic(missingContext) }
func (panicsPlain) Commit(string, []byte, time.Time) error { panic(missingContext) }
func (panicsPlain) Delete(string) error                    { panic(missingContext) }
func (panicsPlain) All() (map[string][]byte, error)        { panic(missingContext) }

func (s ctxDiffers) AllCtx(context.Context) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions := make(map[string][]byte)
	for token, it := range s.items {
		sessions[token] = it.data
	}
	return sessions, nil
}

// typed returns a mutant whose bug is the method set of a type around the memory.
func typed(name, fails string, as func(m *memory) scs.Store) mutant {
	return mutant{name: name, fails: []string{fails}, as: as}
}

var methodsMutants = []mutant{
	typed("the arguments of CommitCtx have another order", "Methods", func(m *memory) scs.Store { return argsSwapped{withoutCommit{plain{m}}} }),
	typed("FindCtx is written FindCTX", "Methods", func(m *memory) scs.Store { return shouted{plain{m}} }),
	typed("FindCtx is written FindCtxt", "Methods", func(m *memory) scs.Store { return misspeltFind{plain{m}} }),
	typed("DeleteCtx is written DeleteWithContext", "Methods", func(m *memory) scs.Store { return spelledOut{plain{m}} }),
	typed("CommitCtx is not there", "Methods", func(m *memory) scs.Store { return withoutCommit{plain{m}} }),
	typed("All returns strings", "Methods", func(m *memory) scs.Store { return allOfStrings{plain{m}} }),
	typed("AllCtx is a method of the pointer and newStore returns a value", "Methods", func(m *memory) scs.Store { return pointerMethods{plain{m}} }),
	typed("AllCtx lists expired sessions and All does not", "Ctx/All/LeavesOut*Expir*", func(m *memory) scs.Store { return ctxDiffers{m} }),
	typed("the methods without a context panic", "Methods", func(m *memory) scs.Store { return panicsPlain{m} }),
}

func TestNearMissesOfLegalTypes(t *testing.T) {
	for _, s := range []scs.Store{plain{}, withoutContexts{}, withoutIteration{}, valueStore{}, (*memory)(nil), manyMethods{}} {
		if problems := nearMisses(reflect.TypeOf(s)); len(problems) > 0 {
			t.Errorf("%T: %q; want no problem", s, problems)
		}
	}
}

// manyMethods has methods that scs does not look for.
type manyMethods struct{ plain }

func (manyMethods) Call()                                                {}
func (manyMethods) Fill() error                                          { return nil }
func (manyMethods) Close() error                                         { return nil }
func (manyMethods) Each(func(string) error) error                        { return nil }
func (manyMethods) FindByUser(context.Context, string) ([]string, error) { return nil, nil }
func (manyMethods) DeleteContextless(string) error                       { return nil }
func (manyMethods) DeleteExpired(context.Context) error                  { return nil }
func (manyMethods) CommitMany(context.Context, map[string][]byte) error  { return nil }
