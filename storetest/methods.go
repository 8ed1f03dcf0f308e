package storetest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

const methodsRule = "scs.SessionManager looks for FindCtx, CommitCtx, DeleteCtx, AllCtx and All by name and signature, each on its own; a method that is a little different is never called"

const plainRule = "scs.Store: an application whose store is behind a type without FindCtx, CommitCtx and DeleteCtx calls Find, Commit and Delete"

// optional are the methods that scs looks for but does not demand.
var optional = []struct {
	name string
	typ  reflect.Type
}{
	{"FindCtx", reflect.TypeFor[func(context.Context, string) ([]byte, bool, error)]()},
	{"CommitCtx", reflect.TypeFor[func(context.Context, string, []byte, time.Time) error]()},
	{"DeleteCtx", reflect.TypeFor[func(context.Context, string) error]()},
	{"AllCtx", reflect.TypeFor[func(context.Context) (map[string][]byte, error)]()},
	{"All", reflect.TypeFor[func() (map[string][]byte, error)]()},
}

// runMethods reports methods that were probably meant for scs, but that scs does not
// call.
func (s *suite) runMethods(tb testing.TB, store scs.Store) {
	tb.Helper()
	for _, problem := range nearMisses(reflect.TypeOf(store)) {
		tb.Errorf("%s\nrule: %s", problem, methodsRule)
	}
	if s.plainPanics != "" {
		tb.Errorf("%s; want it to work, or %s\nrule: %s", s.plainPanics,
			`storetest.Skip("Plain", …) if the methods without a context are not meant to be called`, plainRule)
	}
}

func nearMisses(t reflect.Type) (problems []string) {
	methods := methodsOf(t)
	var onPointer map[string]reflect.Type
	if t.Kind() != reflect.Pointer {
		onPointer = methodsOf(reflect.PointerTo(t))
	}
	for _, want := range optional {
		got, ok := methods[want.name]
		switch {
		case ok && got != want.typ:
			problems = append(problems, fmt.Sprintf("(%v).%s is a %v; want %v", t, want.name, got, want.typ))
		case ok:
		case onPointer[want.name] != nil:
			problems = append(problems, fmt.Sprintf("%v has no method %s, but *%v has: newStore should return a pointer", t, want.name, t))
		default:
			for _, m := range []map[string]reflect.Type{methods, onPointer} {
				if name := misspelt(m, want.name, want.typ); name != "" {
					problems = append(problems, fmt.Sprintf("%v has no method %s, but one named %s; want it named %s", t, want.name, name, want.name))
					break
				}
			}
		}
	}
	// scs looks for these three one by one, but a request should not use its context for
	// some calls only.
	var has, lacks []string
	for _, want := range optional[:3] {
		if methods[want.name] != nil {
			has = append(has, want.name)
		} else {
			lacks = append(lacks, want.name)
		}
	}
	if len(problems) == 0 && len(has) > 0 && len(lacks) > 0 {
		problems = append(problems, fmt.Sprintf("%v has %s but not %s; want all of scs.CtxStore or nothing of it",
			t, strings.Join(has, " and "), strings.Join(lacks, " and ")))
	}
	return problems
}

// methodsOf returns a type's methods as functions without a receiver.
func methodsOf(t reflect.Type) map[string]reflect.Type {
	methods := make(map[string]reflect.Type)
	zero := reflect.Zero(t)
	for i := range t.NumMethod() {
		methods[t.Method(i).Name] = zero.Method(i).Type()
	}
	return methods
}

// misspelt returns the name of a method that was probably meant to have the wanted name: it
// differs in case, or has the wanted signature and only something like Ctx or WithContext
// behind Find, Commit, Delete or All.
func misspelt(methods map[string]reflect.Type, want string, typ reflect.Type) string {
	base := strings.TrimSuffix(want, "Ctx")
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		rest, ok := strings.CutPrefix(strings.ToLower(name), strings.ToLower(base))
		likeCtx := strings.Trim(rest, "ctx") == "" || strings.Contains(rest, "context")
		if strings.EqualFold(name, want) || base != want && methods[name] == typ && ok && likeCtx {
			return name
		}
	}
	return ""
}
