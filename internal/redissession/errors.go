package redissession

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"
)

var errMalformedToken = errors.New("malformed token: it has a colon in it, or with Tombstone or UserKey a brace")

// opError is the failure of one operation. Its text is made for logs: it names package
// and operation, and contains neither token nor session data. errors.As finds the
// client's own error, with its own text.
type opError struct {
	text   string
	causes []error
}

func (e *opError) Error() string   { return e.text }
func (e *opError) Unwrap() []error { return e.causes }

// end is deferred by the methods of Store, except Each, where a panic may be that of the
// caller's function. It turns a panic of the client into an error, and an error into that
// of operation op, without the secrets: id, which is the token or the user, and data.
func (s *Store) end(ctx context.Context, op string, err *error, id string, data []byte) {
	if p := recover(); p != nil {
		*err = panicked(p)
	}
	if *err != nil {
		*err = s.fail(ctx, op, *err, id, string(data))
	}
}

// fail returns the error of operation op, made from the client's error err. It hides
// the secrets: token, user and data.
func (s *Store) fail(ctx context.Context, op string, err error, secrets ...string) error {
	causes := []error{err}
	text := s.name + ": " + op + ": " + hide(s.describe(err), secrets)
	// If the context ends a dial or a read, the client may return an error of its own.
	// Callers ask for the context's error.
	if cause := contextErr(ctx); cause != nil && !errors.Is(err, cause) {
		causes = append(causes, cause)
		text += " (" + cause.Error() + ")"
	}
	return &opError{text: text, causes: causes}
}

// contextErr is ctx.Err, but also compares the deadline with the clock: a dial may end at
// the deadline before the context's own timer has fired.
func contextErr(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// Note returns err with a note before its text that says what to look at. The
// note appears in logs, so it must have neither tokens nor session data in it.
func Note(note string, err error) error { return &noted{note, err} }

type noted struct {
	note string
	err  error
}

func (e *noted) Error() string { return e.note + ": " + e.err.Error() }
func (e *noted) Unwrap() error { return e.err }

// hidden replaces what must not be logged.
const hidden = "[…]"

// quotes are the characters before a text that a client quotes from a reply that it does
// not understand. The text may be session data.
const quotes = "\"'`([{<=\r\n"

// describe returns the text of err without what must not be logged.
func (s *Store) describe(err error) string {
	switch e := err.(type) {
	case *noted:
		return e.note + ": " + s.describe(e.err)
	case *afterError:
		return s.describe(e.last) + ", after " + s.describe(e.answered)
	}
	if text, ok := s.client.ServerError(err); ok {
		return describeServer(text)
	}
	text := err.Error()
	if i := strings.IndexAny(text, quotes); i >= 0 && !quotesNothing(err) {
		return text[:i] + hidden
	}
	return text
}

// quotesNothing reports whether err comes from the network or a context: these errors
// never quote replies.
func quotesNothing(err error) bool {
	return errors.As(err, new(net.Error)) || errors.As(err, new(syscall.Errno)) ||
		errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(tls.AlertError)) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// plainKinds are the kinds of errors whose text quotes at most the name of a command.
var plainKinds = []string{
	"ASK", "BUSY", "CLUSTERDOWN", "CROSSSLOT", "EXECABORT", "LOADING", "MASTERDOWN", "MISCONF", "MOVED", "NOAUTH",
	"NOPERM", "NOREPLICAS", "OOM", "READONLY", "TRYAGAIN", "WRONGPASS", "WRONGTYPE",
}

// describeServer returns the text of an error that a server answered, or only its kind if
// the text may quote the command. Redis quotes the start of a command that it does not
// know, and proxies have texts of their own.
func describeServer(text string) string {
	kind := Kind(text)
	if slices.Contains(plainKinds, kind) && !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return kind + notShown
}

const notShown = " (the rest is not shown, it may quote the session; errors.As has it)"

// Kind returns the kind of an error that a server answered: its first word if that is in
// capitals, otherwise ERR. One client and some servers leave out ERR.
func Kind(text string) string {
	kind, _, _ := strings.Cut(text, " ")
	if kind == "" || strings.Trim(kind, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "ERR"
	}
	return kind
}

// secretLen is the length of the shortest token that is hidden: scs's have 43 characters.
// A shorter token may be part of any word.
const secretLen = 8

// hide removes the secrets from text.
func hide(text string, secrets []string) string {
	// The longest first: it may contain another one.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		if len(secret) >= secretLen {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	return text
}
