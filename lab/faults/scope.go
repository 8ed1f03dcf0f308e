package main

import "testing"

// A scope is a testing.TB that ends earlier than the one it belongs to.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

// end calls what was passed to Cleanup, the last one first.
func (s *scope) end() {
	for len(s.cleanups) > 0 {
		last := len(s.cleanups) - 1
		f := s.cleanups[last]
		s.cleanups = s.cleanups[:last]
		f()
	}
}

// within calls f with a scope that ends with it.
func within(tb testing.TB, f func(tb testing.TB)) {
	s := &scope{TB: tb}
	defer s.end()
	f(s)
}
