package redissession_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/scsredis/stores/internal/redissession"
)

// TestRetry: attempts end with success, or when another would not help, and the
// error says why the server refused even when the last attempt had no answer.
func TestRetry(t *testing.T) {
	refused, refusedAgain, broken, wrong := errors.New("READONLY 1"), errors.New("READONLY 2"), io.EOF, errors.New("ERR wrong")
	isReply := func(err error) bool { return err != broken }
	passing := func(err error) bool { return err != wrong }
	for _, tt := range []struct {
		name string
		ends []error // of the attempts, of which the first was before Retry
		want []error // all that the error is
		not  []error
	}{
		{"Success", []error{broken, refused, nil}, nil, nil},
		{"NoMore", []error{refused, wrong}, []error{wrong}, []error{refused}},
		{"First", []error{wrong}, []error{wrong}, nil},
		{"Refused", []error{refused, broken, refusedAgain}, []error{refusedAgain}, []error{refused, broken}},
		{"RefusedAndBroken", []error{broken, refused, refusedAgain, broken, broken}, []error{broken, refusedAgain}, []error{refused}},
		{"Broken", []error{broken, broken}, []error{broken}, []error{refused}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told []error
			attempt := func(last error) error {
				told = append(told, last)
				end := tt.ends[len(told)]
				if len(told) == len(tt.ends)-1 && end != nil && passing(end) {
					cancel()
				}
				return end
			}
			err := redissession.Retry(ctx, tt.ends[0], passing, isReply, attempt)
			if !slices.Equal(told, tt.ends[:len(tt.ends)-1]) {
				t.Errorf("the attempts were told %v; want %v", told, tt.ends[:len(tt.ends)-1])
			}
			if (err == nil) != (tt.want == nil) {
				t.Errorf("Retry = %v; want %v", err, tt.want)
			}
			for _, want := range tt.want {
				if !errors.Is(err, want) {
					t.Errorf("Retry = %v; want it to be %v", err, want)
				}
			}
			for _, not := range tt.not {
				if errors.Is(err, not) {
					t.Errorf("Retry = %v; want it not to be %v", err, not)
				}
			}
		})
	}
}

// overWhenAwaited is a context that ends when somebody waits for that.
type overWhenAwaited struct {
	context.Context
	cancel context.CancelFunc
}

func (c overWhenAwaited) Done() <-chan struct{} {
	c.cancel()
	return c.Context.Done()
}

// TestRetryEnds: attempts that all fail are limited in number, and end with the
// context also in a pause, of which the first is after the second.
func TestRetryEnds(t *testing.T) {
	always := func(error) bool { return true }
	n := 1
	failing := func(error) error { n++; return io.EOF }
	if err := redissession.Retry(t.Context(), io.EOF, always, always, failing); err != io.EOF || n != redissession.MaxAttempts {
		t.Errorf("Retry = %v after %d attempts; want %v after %d", err, n, io.EOF, redissession.MaxAttempts)
	}
	n = 1
	ctx, cancel := context.WithCancel(t.Context())
	if err := redissession.Retry(overWhenAwaited{ctx, cancel}, io.EOF, always, always, failing); err != io.EOF || n != 2 {
		t.Errorf("Retry = %v after %d attempts; want %v after 2", err, n, io.EOF)
	}
}
