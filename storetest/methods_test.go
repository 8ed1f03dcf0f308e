package storetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/alexedwards/scs/v2"
)

func TestNearMissesOfLegalTypes(t *testing.T) {
	for _, s := range []scs.Store{plain{}, withoutContexts{}, withoutIteration{}, aValue{}, (*memory)(nil), manyMethods{}} {
		if problems := nearMisses(reflect.TypeOf(s)); len(problems) > 0 {
			t.Errorf("%T: %q; want no problem", s, problems)
		}
	}
}

// manyMethods has methods that are none of scs's business.
type manyMethods struct{ plain }

func (manyMethods) Call()                                                {}
func (manyMethods) Fill() error                                          { return nil }
func (manyMethods) Close() error                                         { return nil }
func (manyMethods) Each(func(string) error) error                        { return nil }
func (manyMethods) FindByUser(context.Context, string) ([]string, error) { return nil, nil }
func (manyMethods) DeleteContextless(string) error                       { return nil }
func (manyMethods) DeleteExpired(context.Context) error                  { return nil }
func (manyMethods) CommitMany(context.Context, map[string][]byte) error  { return nil }

func TestOneEdit(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"FindCtx", "FindCtx", false},
		{"FindCtxt", "FindCtx", true},
		{"FindCt", "FindCtx", true},
		{"FindCtX", "FindCtx", true},
		{"FnidCtx", "FindCtx", true},
		{"FindCxt", "FindCtx", true},
		{"FindContext", "FindCtx", false},
		{"DeleteCtx", "CommitCtx", false},
		{"", "A", true},
		{"", "", false},
	} {
		if got := oneEdit(tt.a, tt.b); got != tt.want {
			t.Errorf("oneEdit(%q, %q) = %t; want %t", tt.a, tt.b, got, tt.want)
		}
	}
}
