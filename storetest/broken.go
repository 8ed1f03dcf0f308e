package storetest

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"
)

// The store must work again within healBound after the backend has healed: clients retry,
// and wait longer each time. An outage waits at most faultLoad for errors.
const (
	healBound = 30 * time.Second
	faultLoad = 5 * time.Second
)

// breakBackend breaks the backend until the caller calls heal or the check ends. methods
// are those that the check calls meanwhile. If one of them is known not to return, it
// skips the check.
func (c *checker) breakBackend(methods ...string) (heal func()) {
	c.tb.Helper()
	for _, about := range append(methods, "Recovers") {
		if reason := c.suite.gaveUp[c.mode.name+about]; reason != "" {
			c.tb.Skip(reason)
		}
	}
	once := c.suite.fault(c.tb, c.store)
	if once == nil {
		c.tb.Fatal("storetest: the function of Fault returned nil; want one that heals the backend")
	}
	once = sync.OnceFunc(once)
	c.tb.Cleanup(once) // if the check ends early
	c.while = "while the backend is broken"
	return func() {
		once()
		c.while = "after the backend has healed"
	}
}

// giveUp remembers why later checks must not wait for a method again.
func (c *checker) giveUp(about, format string, args ...any) {
	c.suite.gaveUp[c.mode.name+about] = fmt.Sprintf(format, args...)
}

// A brokenCall is a call while the backend is broken. It needs a goroutine of its own,
// because it may not return.
type brokenCall struct {
	method, token, text string
	do                  func() (result string, err error)
}

func (c *checker) findCall(token string) brokenCall {
	return brokenCall{"Find", token, c.findText(token), func() (string, error) {
		b, found, err := c.api.find(c.ctx, token)
		return fmt.Sprintf("%s, %t, %s", quoteData(b), found, formatError(err)), err
	}}
}

func (c *checker) commitCall(token, data string) brokenCall {
	expiry := c.clock.long()
	return brokenCall{"Commit", token, c.commitText(token, len(data), expiry, c.clock.now()), func() (string, error) {
		err := c.api.commit(c.ctx, token, []byte(data), expiry)
		return formatError(err), err
	}}
}

func (c *checker) deleteCall(token string) brokenCall {
	return brokenCall{"Delete", token, c.deleteText(token), func() (string, error) {
		err := c.api.delete(c.ctx, token)
		return formatError(err), err
	}}
}

func (c *checker) allCall() brokenCall {
	return brokenCall{"All", "", c.allText(), func() (string, error) {
		sessions, err := c.api.all(c.ctx)
		return countSessions(sessions) + ", " + formatError(err), err
	}}
}

// An answer is the result of a brokenCall.
type answer struct {
	result  string
	err     error
	problem string // why there is no result, or ""
}

// ask makes calls at the same time.
func (c *checker) ask(calls []brokenCall) []answer {
	answers := make([]answer, len(calls))
	var wg sync.WaitGroup
	for i, k := range calls {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var a answer // not in answers: f may still run when within returns
			if problem := within(c.suite.bound, func() { a.result, a.err = k.do() }); problem != "" {
				answers[i] = answer{problem: problem}
				return
			}
			answers[i] = a
		}()
	}
	wg.Wait()
	return answers
}

// wantErrors demands that the calls, made at the same time, return an error.
func (c *checker) wantErrors(calls ...brokenCall) {
	c.tb.Helper()
	for i, a := range c.ask(calls) {
		k := calls[i]
		if strings.HasPrefix(a.problem, notReturned) {
			c.giveUp(k.method, "%s does not return while the backend is broken: see Fault/%s", k.method, k.method)
		}
		switch {
		case a.problem != "":
			c.failf("%s; want an error", c.story(k.token, k.text+" "+a.problem))
		case a.err == nil:
			c.failf("%s; want an error", c.story(k.token, k.text+" = "+a.result))
		}
	}
}

// mayFail makes calls at the same time. They may return errors.
func (c *checker) mayFail(calls ...brokenCall) {
	c.tb.Helper()
	for i, a := range c.ask(calls) {
		k := calls[i]
		text := k.text
		switch {
		case strings.HasPrefix(a.problem, notReturned):
			text += " " + a.problem
		case a.problem != "":
			c.failf("%s; want a result or an error", c.story(k.token, k.text+" "+a.problem))
		case a.err != nil:
			text += " = " + formatError(a.err)
		}
		c.remember(k.token, text)
	}
}

// poll calls f until it returns true or the time is over.
func poll(bound time.Duration, f func() bool) bool {
	for deadline := time.Now().Add(bound); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// recovery waits until calls work again. If they do not, it returns the last problem. It
// makes several calls at the same time, because a pool may have several broken connections.
func (c *checker) recovery() (problem string) {
	c.tb.Helper()
	const goroutines = 8
	poll(healBound, func() bool {
		problems := make([]string, goroutines)
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Add(1)
			go func() {
				defer wg.Done()
				var got string
				if problem := within(c.suite.bound, func() { got = c.tryAllMethods(i == 0) }); problem != "" {
					got = "a call " + problem
				}
				problems[i] = got
			}()
		}
		wg.Wait()
		problem = cmp.Or(problems...)
		return problem == ""
	})
	return problem
}

// tryAllMethods calls every method on a new session and returns the first problem.
func (c *checker) tryAllMethods(all bool) (problem string) {
	token, data := newToken(), []byte("after")
	commit, find, del := c.commitCall(token, string(data)), c.findText(token), c.deleteCall(token)
	if result, err := commit.do(); err != nil {
		return commit.text + " = " + result
	}
	b, found, err := c.api.find(c.ctx, token)
	if err != nil || !found || !bytes.Equal(b, data) {
		return fmt.Sprintf("%s, then %s = %s, %t, %s", commit.text, find, quoteData(b), found, formatError(err))
	}
	if result, err := del.do(); err != nil {
		return del.text + " = " + result
	}
	if all && c.api.all != nil {
		k := c.allCall()
		if result, err := k.do(); err != nil {
			return k.text + " = " + result
		}
	}
	return ""
}

// settle heals the backend and waits until the store works again, so that the next check
// can start. If it does not work again, the check Recovers reports it.
func (c *checker) settle(heal func()) {
	heal()
	if c.suite.gaveUp[c.mode.name+"settle"] == "" && c.recovery() != "" {
		c.giveUp("settle", "it takes too long")
	}
}

// wantRecovery demands that the store works again.
func (c *checker) wantRecovery() {
	c.tb.Helper()
	if problem := c.recovery(); problem != "" {
		c.giveUp("Recovers", "the store does not work again after a fault: see Fault/Recovers")
		c.failf("%s, still after %s; want the right result and nil", problem, formatDuration(healBound))
		c.stop()
	}
}

func sessionOf(data string) register { return register{true, data} }

var noSession register

// wantHealed demands that Find returns one of the wanted results. It repeats Find after
// errors, which the fault may still cause.
func (c *checker) wantHealed(token string, want ...register) {
	c.tb.Helper()
	var b []byte
	var found bool
	var err error
	poll(healBound, func() bool {
		b, found, err = c.tryFind(token)
		return err == nil
	})
	c.judgeOneOf(token, b, found, err, want)
}
