package redissession

import (
	"errors"
	"runtime"
)

// guard calls f and turns a panic into an error. Clients allocate as many bytes as a
// reply announces, and panic if that is impossible. On a goroutine of a listing no caller
// could recover. The application's Codec may panic too.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return f()
}

// panicked returns the error for a panic with the value p.
func panicked(p any) error {
	err := errors.New("the client panicked")
	if cause, ok := p.(runtime.Error); ok { // other values may quote session data
		return Note(err.Error(), cause)
	}
	return err
}
