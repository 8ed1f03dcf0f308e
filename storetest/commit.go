package storetest

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

var commitChecks = []check{
	{
		name: "New",
		rule: "scs.Store.Commit: it adds the session token and data to the store; any token that scs makes will do",
		run: func(c *checker) {
			long := c.clock.long()
			tokens := []string{newToken(), "-" + newToken()[1:], "_" + newToken()[1:], "0" + newToken()[1:]}
			for _, token := range tokens {
				c.commit(token, []byte("abc"), long)
			}
			for _, token := range tokens {
				c.wantFound(token, []byte("abc"), long)
			}
		},
	},
	{
		name: "OverwriteShorter",
		rule: "scs.Store.Commit: if the token exists, its data is overwritten; nothing of the longer data stays",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("a long value"), long)
			c.commit(token, []byte("short"), long)
			c.wantFound(token, []byte("short"), long)
		},
	},
	{
		name: "OverwriteLonger",
		rule: "scs.Store.Commit: if the token exists, its data is overwritten; the longer data is stored whole",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte("short"), long)
			c.commit(token, []byte("a long value"), long)
			c.wantFound(token, []byte("a long value"), long)
		},
	},
	{
		name: "KeepsOthers",
		rule: "scs.Store.Commit: a new session, or new data for one, leaves the other sessions as they are",
		run: func(c *checker) {
			tokens, long := newTokens(10), c.clock.long()
			for i, token := range tokens {
				c.commit(token, fmt.Appendf(nil, "session %d", i), long)
			}
			c.commit(tokens[9], []byte("newer"), long)
			for i, token := range tokens[:9] {
				c.wantFound(token, fmt.Appendf(nil, "session %d", i), long)
			}
		},
	},
	{
		name: "EmptyData",
		rule: "scs.Store.Find: found says whether there is a session; an scs.Codec may encode one to no bytes at all",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, []byte{}, long)
			c.wantFound(token, []byte{}, long)
		},
	},
	{
		name: "NilData",
		rule: "scs.Store.Find: found says whether there is a session; an scs.Codec may encode one to a nil slice, which is no bytes and not SQL's NULL",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			c.commit(token, nil, long)
			c.wantFound(token, []byte{}, long)
		},
	},
	{
		name: "Binary",
		rule: "scs.Codec.Encode: the data is bytes of any value, as those of encoding/gob are; they are stored exactly",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			b := make([]byte, 512)
			for i := range b {
				b[i] = byte(i)
			}
			c.commit(token, b, long)
			c.wantFound(token, b, long)
		},
	},
	{
		name: "Large",
		rule: "scs.Store.Commit: data of 1 MiB is stored whole, or refused with an error and then not stored at all",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = byte(i ^ i>>8 ^ i>>16)
			}
			if err := c.tryCommit(token, b, long); err != nil {
				c.wantMissing(token)
				return
			}
			c.wantFound(token, b, long)
		},
	},
	{
		name: "SimilarTokens",
		rule: "scs.Store.Commit: the tokens that scs makes (base64url) are all different, also where they differ in the case of a letter",
		run: func(c *checker) {
			tokens, long := similarTokens(c), c.clock.long()
			for _, token := range tokens {
				c.commit(token, []byte("data of "+token), long)
			}
			for _, token := range tokens {
				c.wantFound(token, []byte("data of "+token), long)
			}
		},
	},
	{
		name: "TokenBytes",
		rule: "scs.Store.Commit: an odd token is stored exactly or refused with an error, and then nothing is found under it; it is never taken for another",
		run: func(c *checker) {
			tokens, owners := oddTokens(c), make(owners)
			data := make([][]byte, len(tokens)) // nil: refused
			for i, token := range tokens {
				if b, err := owners.commit(c, token); err == nil {
					data[i] = b
				}
			}
			for i, token := range tokens {
				b, found, err := c.tryFind(token)
				switch {
				case data[i] != nil:
					owners.blame(c, token, b)
					c.judgeFound(token, b, found, err, data[i], c.clock.long())
				case found && err == nil: // an error is for the checks of Find
					owners.blame(c, token, b)
					c.failFind(token, b, found, err, "want nil, false, nil")
				}
			}
		},
	},
	{
		name: "InputNotModified",
		rule: "scs.Store.Commit: the slice is the caller's; the store does not write to it, nor behind its end",
		run:  commitInputNotModified,
	},
	{
		name: "TwoStores",
		rule: "storetest.Run: newStore returns stores over keyspaces of their own; two of them do not see each other, as two prefixes or tables must not",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			d := c.second()
			c.commit(token, []byte("abc"), long)
			d.wantMissing(token)
			d.commit(token, []byte("xyz"), long)
			c.wantFound(token, []byte("abc"), long)
			d.delete(token)
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "LiveContext", ctxOnly: true,
		rule: "scs.CtxStore.CommitCtx: the same as Commit, whatever values and deadline the context has",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			live, cancel := liveContext(c)
			defer cancel()
			live.commit(token, []byte("abc"), long)
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "Cancelled", ctxOnly: true,
		rule: "scs.CtxStore.CommitCtx: a nil error means that the session is stored, even if the context has ended; an error leaves the old session or the new one, whole",
		run: func(c *checker) {
			for _, ended := range endedContexts(c) {
				token, long := newToken(), c.clock.long()
				c.commit(token, []byte("old"), long)
				if err := ended.tryCommit(token, []byte("newer"), long); err == nil {
					c.wantFound(token, []byte("newer"), long)
					continue
				}
				c.wantOneOf(token, sessionOf("old"), sessionOf("newer"))
			}
		},
	},
	{
		name: "CancelledLater", ctxOnly: true,
		rule: "scs.CtxStore.CommitCtx: net/http cancels a request's context when the request is done; the session stays",
		run: func(c *checker) {
			token, long := newToken(), c.clock.long()
			ctx, cancel := context.WithCancel(context.Background())
			c.with(ctx, "context cancelled after the call").commit(token, []byte("abc"), long)
			cancel()
			c.wantFound(token, []byte("abc"), long)
		},
	},
	{
		name: "CancelledDuring", ctxOnly: true, timed: true,
		rule: "scs.CtxStore.CommitCtx: a session has its expiry from the first moment on; none lives for ever because its request's context ended during the call",
		run:  commitCancelledDuring,
	},
}

func commitCancelledDuring(c *checker) {
	const most = 200
	start := time.Now()
	c.commit(newToken(), []byte("abc"), c.clock.long())
	took := time.Since(start)
	var tokens []string
	var short time.Time
	roundsUpTo(most, func(i int) {
		token := newToken()
		tokens = append(tokens, token)
		short = c.clock.short()
		d, cancel := c.cancelledAfter(spread(i, 2*took))
		defer cancel()
		_ = d.tryCommit(token, []byte("abc"), short)
	})
	c.pass(short.Add(arriving))
	for _, token := range tokens {
		c.wantMissing(token)
	}
}

func commitInputNotModified(c *checker) {
	token, long := newToken(), c.clock.long()
	const whole = "first|behind its end"
	b := []byte(whole)
	unchanged := func(last string) {
		if !bytes.Equal(b, []byte(whole)) {
			c.failf("%s: the caller's slice and what is behind its end are now %q; want %q", c.story(token, last), b, whole)
			c.stop()
		}
	}
	c.commit(token, b[:5:len(b)], long)
	unchanged(c.popCall())
	c.wantFound(token, []byte("first"), long)
	unchanged(c.findText(token))
	// Longer, to tempt a store that reuses what it was given before.
	c.commit(token, []byte("a longer second"), long)
	unchanged(c.popCall())
	c.delete(token)
	unchanged(c.popCall())
}
