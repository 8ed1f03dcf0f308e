package redissession

import (
	"context"
	"errors"
	"strings"
)

var (
	errMalformedToken = errors.New("malformed token: it is empty or has a colon in it")
	errNoPrimary      = errors.New("the client knows no primary")
)

// opError is a failure of one operation. Its text is made for logs: it names
// package and operation, and has neither token nor session data in it. The
// client's own error is one errors.As away, with its own text.
type opError struct {
	text   string
	causes []error
}

func (e *opError) Error() string   { return e.text }
func (e *opError) Unwrap() []error { return e.causes }

// fail makes the error of operation op on token (empty for operations on all
// sessions) from what the client returned.
func (s *Store) fail(ctx context.Context, op, token string, err error) error {
	causes := []error{err}
	text := s.name + ": " + op + ": " + s.redact(err.Error(), token)
	// A client whose read was cut short by the context may report the broken
	// read; callers ask for the context's error.
	if cerr := ctx.Err(); cerr != nil && !errors.Is(err, cerr) {
		causes = append(causes, cerr)
		text += " (" + cerr.Error() + ")"
	}
	return &opError{text: text, causes: causes}
}

// redact removes from the text of an error what must not be logged. Servers
// quote the start of a command that they do not know, so its key and value;
// proxies and modules may quote a key.
func (s *Store) redact(text, token string) string {
	if i := strings.Index(text, "args beginning with"); i >= 0 {
		text = text[:i] + "args […]"
	}
	if s.keys.prefix != "" {
		parts := strings.Split(text, s.keys.prefix)
		for i, part := range parts[1:] {
			parts[i+1] = "[…]" + part[tokenLen(part):]
		}
		text = strings.Join(parts, s.keys.prefix)
	}
	if len(token) >= secretLen {
		text = strings.ReplaceAll(text, token, "[…]")
	}
	return text
}

// secretLen is the length from which a token is a secret: scs's have 43
// characters. A shorter one may be part of any word.
const secretLen = 8

// tokenLen returns the length of the token that text starts with, as far as
// it can be told in an error's text.
func tokenLen(text string) int {
	if i := strings.IndexAny(text, " '\"`,;"); i >= 0 {
		return i
	}
	return len(text)
}
