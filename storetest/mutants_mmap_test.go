//go:build unix

package storetest

import (
	"strings"
	"sync"
	"syscall"
	"testing"
)

// mapped returns a copy of b in memory that unmap unmaps.
func mapped(t testing.TB, b []byte) (copied []byte, unmap func()) {
	t.Helper()
	mem, err := syscall.Mmap(-1, 0, len(b)+1, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	return mem[:copy(mem, b)], sync.OnceFunc(func() { _ = syscall.Munmap(mem) })
}

func TestMutantMapped(t *testing.T) {
	mu := bug("find returns memory that a store unmaps when it grows", fails("*/Find/ResultStays"), func(m *memory) {
		var unmaps []func()
		after("Find", func(r request, a *reply) {
			m.edit(func() {
				b, unmap := mapped(t, a.data)
				unmaps = append(unmaps, unmap)
				a.data = b
			})
		})(m)
		after("Commit", func(r request, _ *reply) {
			if len(r.data) > 1000 {
				for _, unmap := range unmaps {
					unmap()
				}
			}
		})(m)
	})
	mu.wantFailures(t, true)
}

func TestProtect(t *testing.T) {
	s, err := newSuite(mutant{}.memories().open, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, unmap := mapped(t, []byte("abc"))
	unmap()
	read := func(*checker, int) {
		if string(b) == "xyz" {
			t.Error("there is something else")
		}
	}
	for name, run := range map[string]func(c *checker){
		"in the check":   func(c *checker) { read(c, 0) },
		"in a goroutine": func(c *checker) { c.together(2, "", read) },
	} {
		r := record(t, func(tb testing.TB) { s.run(tb, modes[0], groups[0], check{run: run}) })
		if want := "not there any more"; !r.failed || !strings.Contains(r.String(), want) {
			t.Errorf("%s: failed = %t, %q; want %q", name, r.failed, r, want)
		}
	}
}
