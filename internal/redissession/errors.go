package redissession

import (
	"context"
	"errors"
	"slices"
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

// fail makes the error of operation op from what the client returned. Secrets
// are the token and data of the operation, if it is on one session.
func (s *Store) fail(ctx context.Context, op string, err error, secrets ...string) error {
	causes := []error{err}
	text := s.name + ": " + op + ": " + s.redact(err.Error(), secrets)
	// A client whose read was cut short by the context may report the broken
	// read; callers ask for the context's error.
	if cerr := ctx.Err(); cerr != nil && !errors.Is(err, cerr) {
		causes = append(causes, cerr)
		text += " (" + cerr.Error() + ")"
	}
	return &opError{text: text, causes: causes}
}

// hidden stands in the place of what must not be logged.
const hidden = "[…]"

// quoting are the words after which errors quote what must not be logged:
// servers the start of a command that they do not know, so its key and value,
// and clients a reply that they do not understand, which may be session data.
var quoting = []string{
	"args beginning with",                     // Redis
	"can't parse", "invalid reply", "bigInt(", // go-redis
	`parsing "`, // strconv
}

// Unknown reports whether an error that a server answered, without a prefix of the
// client's, says that it does not know the command: it has no kind, or the kind
// ERR, which one client leaves out, and some servers too.
func Unknown(reply string) bool {
	kind, _, _ := strings.Cut(reply, " ")
	return kind == "ERR" || kind != strings.ToUpper(kind)
}

// redact removes from the text of an error what must not be logged. What a
// server or proxy quotes in words of its own is found by the secrets themselves
// and by the prefix of keys.
func (s *Store) redact(text string, secrets []string) string {
	for _, words := range quoting {
		if i := strings.Index(text, words); i >= 0 {
			text = text[:i+len(words)] + " " + hidden
		}
	}
	// The longest first: it may have another one in it.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		if len(secret) >= secretLen {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	if s.keys.prefix != "" {
		parts := strings.Split(text, s.keys.prefix)
		for i, part := range parts[1:] {
			parts[i+1] = hidden + part[tokenLen(part):]
		}
		text = strings.Join(parts, s.keys.prefix)
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
