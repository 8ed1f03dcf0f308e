package redissession

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
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
		{redistest.Error("READONLY You can't write against a read only replica."), "READONLY You can't write against a read only replica."},
		{redistest.Error("ERR unknown command 'SET', with args beginning with: 'app:" + token + "'"), "ERR" + rest},
		{redistest.Error("PROXY no backend for app:" + secret), "PROXY" + rest},
		{redistest.Error("no backend for " + secret), "ERR" + rest},
		{redistest.Error(token), "ERR" + rest},
		{redistest.Error(""), "ERR" + rest},
		{redistest.Error("READONLY replica\n" + secret), "READONLY" + rest},
		{fmt.Errorf("node 1: %w", redistest.Error("OOM out of memory")), "OOM out of memory"},
		{dial, dial.Error()},
		{io.ErrUnexpectedEOF, "unexpected EOF"},
		{errors.New("redis: can't parse int reply: \"" + secret + "\""), "redis: can" + hidden},
		{errors.New("redis: bigInt(" + secret + ") value out of range"), "redis: bigInt" + hidden},
		{errors.New("cannot store " + token), "cannot store " + hidden},
		{errors.New("pool timeout"), "pool timeout"},
		{Note("is the name [right]?", io.EOF), "is the name [right]?: EOF"},
		{&afterError{io.EOF, redistest.Error("ERR " + secret)}, "EOF, after ERR" + rest},
	} {
		s := failing(test.err)
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
			if want := "teststore: " + op + ": " + test.want; err.Error() != want {
				t.Errorf("%s = %q; want %q", op, err, want)
			}
		}
	}
}

// TestSecretsInErrors: a token that is part of a word leaves the word whole. Data is hidden
// whole, although the token is in it.
func TestSecretsInErrors(t *testing.T) {
	data := "left " + token + " right"
	for _, test := range []struct{ token, text, want string }{
		{"e", "connection refused", "connection refused"},
		{token, "cannot store " + data, "cannot store " + hidden},
	} {
		err := failing(errors.New(test.text)).Commit(ctx, test.token, []byte(data), inAnHour())
		if want := "teststore: commit: " + test.want; err == nil || err.Error() != want {
			t.Errorf("Commit = %v; want %s", err, want)
		}
	}
}
