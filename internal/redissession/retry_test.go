package redissession

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// TestRetry: attempts end with success, or with an error that is not transient,
// and the error says why the server refused even when the last attempt had no
// answer.
func TestRetry(t *testing.T) {
	refused, refusedAgain, wrong := redistest.Error("READONLY 1"), redistest.Error("READONLY 2"), redistest.Error("ERR wrong")
	broken := io.EOF
	for name, tt := range map[string]struct {
		ends []error // of the attempts
		want []error // all that the error is
	}{
		"Success":          {[]error{broken, refused, nil}, nil},
		"NoMore":           {[]error{refused, wrong}, []error{wrong}},
		"First":            {[]error{wrong}, []error{wrong}},
		"Refused":          {[]error{refused, broken, refusedAgain}, []error{refusedAgain}},
		"RefusedAndBroken": {[]error{broken, refused, refusedAgain, broken, broken}, []error{broken, refusedAgain}},
		"Broken":           {[]error{broken, broken}, []error{broken}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told []error
			err := Retry(ctx, new(direct).ServerError, nil, func(last error) error {
				end := tt.ends[len(told)]
				told = append(told, last)
				if len(told) == len(tt.ends) && len(told) > 1 && end != nil {
					cancel()
				}
				return end
			})
			if want := append([]error{nil}, tt.ends[:len(tt.ends)-1]...); !slices.Equal(told, want) {
				t.Errorf("the attempts were told %v; want %v", told, want)
			}
			if (err == nil) != (tt.want == nil) {
				t.Errorf("Retry = %v; want %v", err, tt.want)
			}
			for _, one := range []error{refused, refusedAgain, wrong, broken} {
				if want := slices.Contains(tt.want, one); errors.Is(err, one) != want {
					t.Errorf("Retry = %v; is it %v: %v; want %v", err, one, !want, want)
				}
			}
		})
	}
}

// TestTransient: which errors are worth another attempt.
func TestTransient(t *testing.T) {
	special := errors.New("special")
	own := func(err error) bool { return err == special }
	for _, test := range []struct {
		err  error
		want bool
	}{
		{redistest.Error("MOVED 1 a:1"), true},
		{redistest.Error("ASK 1 a:1"), true},
		{redistest.Error("TRYAGAIN x"), true},
		{redistest.Error("CLUSTERDOWN x"), true},
		{redistest.Error("READONLY x"), true},
		{redistest.Error("MASTERDOWN x"), true},
		{fmt.Errorf("wrapped: %w", redistest.Error("READONLY x")), true},
		{redistest.Error("LOADING x"), false},
		{redistest.Error("ERR x"), false},
		{redistest.Error("NOPERM x"), false},
		{io.EOF, true},
		{io.ErrUnexpectedEOF, true},
		{net.ErrClosed, true},
		{syscall.ECONNRESET, true},
		{&net.OpError{Op: "write", Err: syscall.EPIPE}, true},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, false},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, false},
		{context.DeadlineExceeded, false},
		{errors.New("other"), false},
		{ErrReply, false},
		{special, true},
	} {
		n := 0
		Retry(t.Context(), new(direct).ServerError, own, func(error) error {
			if n++; n == 2 {
				return nil
			}
			return test.err
		})
		if got := n > 1; got != test.want {
			t.Errorf("another attempt after %v: %v; want %v", test.err, got, test.want)
		}
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

// TestRetryEnds: the number of attempts that fail is limited. They end with the context,
// even in a pause. The first pause comes after the second attempt.
func TestRetryEnds(t *testing.T) {
	n := 0
	failing := func(error) error { n++; return io.EOF }
	if err := Retry(t.Context(), new(direct).ServerError, nil, failing); err != io.EOF || n != 9 {
		t.Errorf("Retry = %v after %d attempts; want %v after 9", err, n, io.EOF)
	}
	n = 0
	ctx, cancel := context.WithCancel(t.Context())
	if err := Retry(overWhenAwaited{ctx, cancel}, new(direct).ServerError, nil, failing); err != io.EOF || n != 2 {
		t.Errorf("Retry = %v after %d attempts; want %v after 2", err, n, io.EOF)
	}
}
