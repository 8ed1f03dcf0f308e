package redigostore

import (
	"errors"
	"slices"
	"strings"

	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/internal/redissession"
)

// again makes further attempts at a command of which the first ended with err,
// for as long as another may help and there is time. What this package sends, SET
// with its absolute expiry included, may be done twice: what somebody else has
// written in between is overwritten, as if the call had come after it.
func (c *client) again(call *call, err error, command string, args ...any) (reply any, _ error) {
	err = redissession.Retry(call, err, c.passing, answered, func(last error) (err error) {
		reply, err = c.attempt(call, last, command, args...)
		return err
	})
	return reply, err
}

// passing reports whether another attempt may succeed soon.
func (c *client) passing(err error) bool {
	switch {
	case isReply(err, "READONLY", "MASTERDOWN"):
		// It is a replica, which has been the primary: another connection may
		// lead to the one that is now.
		return true
	case c.cluster == nil:
		return false
	case isReply(err, "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"):
		return true
	}
	// The node cannot be reached, or does not answer: another one may have taken
	// its place, and only another one can say so.
	return !answered(err)
}

// attempt sends a command, after an attempt that ended with last, or nil.
func (c *client) attempt(call *call, last error, command string, args ...any) (any, error) {
	if isReply(last, "ASK") {
		return c.ask(call, last, command, args...)
	}
	conn, err := c.get(call)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	shares := 1
	if c.cluster != nil && last == nil {
		shares = 2 // the other is for finding out whether it is still the node to ask
	}
	if c.cluster != nil && last != nil && !answered(last) {
		bindToAnyNode(conn)
	}
	reply, err := call.do(conn, shares, command, args...)
	if isReply(err, "READONLY", "MASTERDOWN") {
		giveUp(conn)
	}
	return reply, err
}

// bindToAnyNode makes a connection of a redisc cluster one to any of its nodes.
// One that has not the key answers with the address of the one that has, and
// redisc learns from that.
func bindToAnyNode(conn redis.Conn) {
	if c, ok := conn.(interface{ Bind(keys ...string) error }); ok {
		c.Bind() // if it fails, so does the command
	}
}

// ask sends a command to the node to which the keys of its slot are moving.
func (c *client) ask(call *call, redirection error, command string, args ...any) (any, error) {
	fields := strings.Fields(redirection.Error()) // ASK SLOT ADDRESS
	if len(fields) != 3 {
		return nil, redirection
	}
	conn, err := c.dialNode(call, fields[2])
	if err != nil {
		return nil, call.timedOut(err)
	}
	defer conn.Close()
	if err := conn.Send("ASKING"); err != nil {
		return nil, err
	}
	return call.do(conn, 1, command, args...)
}

// giveUp breaks a connection, so that its pool does not hand it out again. redigo
// has no method for that, but gives up one on which a read has failed, as one does
// that has timed out when what has arrived has been read. Where none can time out,
// the server is told to close.
func giveUp(conn redis.Conn) {
	read := func() error {
		_, err := redis.ReceiveWithTimeout(conn, 1)
		return err
	}
	if recovering(read) == errNoTimeouts {
		if conn.Send("QUIT") != nil || conn.Flush() != nil {
			return
		}
		read = func() error {
			_, err := conn.Receive()
			return err
		}
	}
	const most = 4096 / len("+\r\n") // replies in redigo's buffer; other types may never break
	for n := 0; n < most && conn.Err() == nil; n++ {
		recovering(read)
	}
}

// recovering calls read, and takes a panic for a reply that has been read.
func recovering(read func() error) error {
	defer func() { recover() }()
	return read()
}

// giveUpInPanic is to be deferred where redigo reads. It panics at a reply that
// announces more bytes than there can be, and would use the connection again: what
// follows there would be taken for the replies to later commands.
func giveUpInPanic(conn redis.Conn) {
	if p := recover(); p != nil {
		giveUp(conn)
		panic(p)
	}
}

// answered reports whether err is an error that the server answered.
func answered(err error) bool { return errors.As(err, new(redis.Error)) }

// isReply reports whether err is an error that the server answered, of one of
// these kinds.
func isReply(err error, kinds ...string) bool {
	if err == nil {
		return false
	}
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	kind, _, _ := strings.Cut(string(reply), " ")
	return slices.Contains(kinds, kind)
}
