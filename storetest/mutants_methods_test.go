package storetest

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
)

// plain hides all but the methods that a store must have.
type plain struct{ scs.Store }

type (
	argsSwapped    struct{ withoutCommit }
	shouted        struct{ plain }
	misspeltFind   struct{ plain }
	spelledOut     struct{ plain }
	withoutCommit  struct{ plain }
	allOfStrings   struct{ plain }
	allMisspelt    struct{ plain }
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

func (allMisspelt) AlL() (map[string][]byte, error) { return nil, nil }

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

// around makes a mutant's type from a memory.
func around[S scs.Store](f func(plain) S) func(m *memory) scs.Store {
	return func(m *memory) scs.Store { return f(plain{m}) }
}

var methodsMutants = []mutant{
	{
		name:  "the arguments of CommitCtx have another order",
		as:    around(func(p plain) argsSwapped { return argsSwapped{withoutCommit{p}} }),
		fails: []string{"Methods"},
	},
	{
		name:  "FindCtx is written FindCTX",
		as:    around(func(p plain) shouted { return shouted{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "FindCtx is written FindCtxt",
		as:    around(func(p plain) misspeltFind { return misspeltFind{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "DeleteCtx is written DeleteWithContext",
		as:    around(func(p plain) spelledOut { return spelledOut{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "CommitCtx is not there",
		as:    around(func(p plain) withoutCommit { return withoutCommit{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "All returns strings",
		as:    around(func(p plain) allOfStrings { return allOfStrings{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "All is written AlL",
		as:    around(func(p plain) allMisspelt { return allMisspelt{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "AllCtx is a method of the pointer and newStore returns a value",
		as:    around(func(p plain) pointerMethods { return pointerMethods{p} }),
		fails: []string{"Methods"},
	},
	{
		name:  "AllCtx lists expired sessions and All does not",
		fails: []string{"Ctx/All/LeavesOutExpired", "Ctx/All/LeavesOutPastExpiry"},
		as:    func(m *memory) scs.Store { return ctxDiffers{m} },
	},
	{
		name:  "the methods without a context panic",
		as:    func(m *memory) scs.Store { return panicsPlain{m} },
		fails: []string{"Methods"},
	},
}
