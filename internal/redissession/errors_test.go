package redissession

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// TestErrors: every method's error names package and operation, keeps the client's error
// for errors.As, and contains only the part of its text that quotes nothing.
func TestErrors(t *testing.T) {
	const rest = " (the rest is not shown, it may quote the session; errors.As has it)"
	secret := token[:9] + "\n" + token[20:]
	dial := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv6loopback, Port: 1}, Err: os.ErrDeadlineExceeded}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&serverError{"READONLY You can't write against a read only replica."}, "READONLY You can't write against a read only replica."},
		{&serverError{"ERR unknown command 'SET', with args beginning with: 'app:" + token + "'"}, "ERR" + rest},
		{&serverError{"PROXY no backend for app:" + secret}, "PROXY" + rest},
		{&serverError{"no backend for " + secret}, "ERR" + rest},
		{&serverError{token}, "ERR" + rest},
		{&serverError{""}, "ERR" + rest},
		{&serverError{"READONLY replica\n" + secret}, "READONLY" + rest},
		{fmt.Errorf("node 1: %w", &serverError{"OOM out of memory"}), "OOM out of memory"},
		{dial, dial.Error()},
		{io.ErrUnexpectedEOF, "unexpected EOF"},
		{errors.New("redis: can't parse int reply: \"" + secret + "\""), "redis: can" + hidden},
		{errors.New("redis: bigInt(" + secret + ") value out of range"), "redis: bigInt" + hidden},
		{errors.New("cannot store " + token), "cannot store " + hidden},
		{errors.New("pool timeout"), "pool timeout"},
		{Note("is the name [right]?", io.EOF), "is the name [right]?: EOF"},
		{&afterError{io.EOF, &serverError{"ERR " + secret}}, "EOF, after ERR" + rest},
	} {
		s, f := newStore()
		f.fail = test.err
		_, found, find := s.Find(ctx, token)
		all, list := s.All(ctx)
		if found || all != nil {
			t.Errorf("%v: Find = %v, All = %v; want nothing with an error", test.err, found, all)
		}
		for op, err := range map[string]error{
			"find":   find,
			"commit": s.Commit(ctx, token, []byte("secret data"), inAnHour()),
			"delete": s.Delete(ctx, token),
			"all":    list,
			"each":   s.Each(ctx, func(string, []byte) error { return nil }),
		} {
			if !errors.Is(err, test.err) {
				t.Errorf("%s = %v; want an error that is %v", op, err, test.err)
				continue
			}
			if strings.Contains(test.err.Error(), "cannot store") && (op == "all" || op == "each") {
				continue // they do not know the token
			}
			if want := "fakestore: " + op + ": " + test.want; err.Error() != want {
				t.Errorf("%s = %q; want %q", op, err, want)
			}
		}
	}
}

// TestErrorWithShortToken: a token that is part of a word leaves the word whole.
func TestErrorWithShortToken(t *testing.T) {
	s, f := newStore()
	f.fail = errors.New("connection refused")
	_, _, err := s.Find(ctx, "e")
	if want := "fakestore: find: connection refused"; err == nil || err.Error() != want {
		t.Errorf("Find = %v; want %s", err, want)
	}
}

// TestErrorWithTokenInData: data is hidden whole, although the token is in it.
func TestErrorWithTokenInData(t *testing.T) {
	s, f := newStore()
	data := "left " + token + " right"
	f.fail = errors.New("cannot store " + data)
	err := s.Commit(ctx, token, []byte(data), inAnHour())
	if want := "fakestore: commit: cannot store […]"; err == nil || err.Error() != want {
		t.Errorf("Commit = %v; want %s", err, want)
	}
}
